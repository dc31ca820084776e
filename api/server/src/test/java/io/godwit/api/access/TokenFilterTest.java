package io.godwit.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.api.DataFolder;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.servlet.ModelAndView;

class TokenFilterTest {
    @TempDir
    private Path folder;
    private final List<String> passed = new ArrayList<>();
    private final List<Exception> refused = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/plans", "/api/v1/openapi.json/", "/metrics", "/docs/", "/docs/other", "/docs/../api/v1/plans",
            "/api/v1/health/", "/api/v1/health;a",
            "/api/v1/health/../plans", "//api/v1/health", "/", "/error"})
    void nothingIsOpenButWhatTellsNothingOfThisServersWork(String path) throws Exception {
        assertThat(passes(path, null)).isFalse();
        assertThat(refused).singleElement().isInstanceOfSatisfying(FaultException.class,
                thrown -> assertThat(thrown.fault().code()).isEqualTo("TOKEN_MISSING"));
        assertThat(passes(path, "Bearer wrong")).isFalse();
        assertThat(passes(path, "Basic " + token())).isFalse();
        assertThat(passes(path, token())).isFalse();
        assertThat(passes(path, "Bearer " + token())).isTrue();
        assertThat(passes(path, "bearer " + token())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/health", "/faults", "/api/v1/openapi.json", "/docs", "/docs/start.js", "/docs/swagger-ui.css",
            "/docs/swagger-ui-bundle.js"})
    void healthAndThePagesForPeopleAreOpen(String path) throws Exception {
        assertThat(passes(path, null)).isTrue();
    }

    @Test
    void theTokenIsNotInTheFault() throws Exception {
        passes("/api/v1/plans", "Bearer almost-the-token");
        assertThat(refused).singleElement().asString().doesNotContain("almost-the-token");
    }

    private String token() throws IOException {
        return new DataFolder(folder).read("token").orElseThrow();
    }

    private boolean passes(String path, @Nullable String authorization) throws Exception {
        var filter = new TokenFilter(AccessToken.of(new DataFolder(folder)), (_, _, _, thrown) -> {
            refused.add(thrown);
            return new ModelAndView();
        });
        var request = new MockHttpServletRequest("GET", path);
        if (authorization != null) {
            request.addHeader("Authorization", authorization);
        }
        passed.clear();
        filter.doFilter(request, new MockHttpServletResponse(), (_, _) -> passed.add(path));
        return !passed.isEmpty();
    }
}
