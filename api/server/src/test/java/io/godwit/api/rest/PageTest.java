package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

@RestTest
class PageTest {
    @Autowired
    private MockMvcTester http;
    @Autowired
    private InMemoryCatalog catalog;

    @BeforeEach
    void start() {
        RestSlice.register(catalog);
    }

    @Test
    void nothingIsLeftOutOrToldTwiceWhileOthersComeAndGo() {
        var all = new TreeSet<>(List.of("a", "c", "e", "g", "i"));
        var first = Page.of("letters", 2, null).by(Function.identity(), all, Function.identity());
        assertThat(first.items()).containsExactly("a", "c");
        all.addAll(List.of("b", "d", "j"));
        all.remove("c"); // the one that the token names
        var second = Page.of("letters", 2, first.next()).by(Function.identity(), all, Function.identity());
        assertThat(second.items()).containsExactly("d", "e");
        var third = Page.of("letters", 3, second.next()).by(Function.identity(), all, Function.identity());
        assertThat(third.items()).containsExactly("g", "i", "j");
        assertThat(third.next()).as("as many as the limit, and no more").isNull();
    }

    @Test
    void aPageHasNoMoreThanTheMost() {
        var all = new ArrayList<String>();
        for (int i = 0; i < 1500; i++) {
            all.add("%04d".formatted(i));
        }
        assertThat(Page.of("numbers", null, null).by(Function.identity(), all, Function.identity()).items()).hasSize(250);
        assertThat(Page.of("numbers", 100_000, null).by(Function.identity(), all, Function.identity()).items()).hasSize(1000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "%%%", "MSBwbGFucyBh", "MQ", ""})
    void aTokenThatIsNoneOfThisListingIsRefused(String token) {
        assertThatThrownBy(() -> Page.of("letters", 2, token)).isInstanceOf(RequestInvalidException.class);
        assertThat(new String(Base64.getUrlDecoder().decode("MSBwbGFucyBh"), StandardCharsets.UTF_8)).isEqualTo("1 plans a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"providers", "network-mappings", "storage-mappings", "plans", "migrations", "limits"})
    void everyListingIsPaged(String listing) {
        assertThat(http.get().uri("/api/v1/" + listing + "?limit=1")).hasStatusOk().bodyJson().extractingPath("$.items").asArray()
                .hasSizeLessThanOrEqualTo(1);
        assertThat(http.get().uri("/api/v1/" + listing + "?continue=nonsense")).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo("continue");
        assertThat(http.get().uri("/api/v1/" + listing + "?limit=0")).hasStatus(400).bodyJson().extractingPath("$.violations[0].field")
                .isEqualTo("limit");
        assertThat(http.get().uri("/api/v1/" + listing + "?limit=many")).hasStatus(400);
    }

    @Test
    void theTokenLeadsToTheNextPage() {
        var first = http.get().uri("/api/v1/providers?limit=1");
        assertThat(first).hasStatusOk().bodyJson().extractingPath("$.items[0].name").isEqualTo("from");
        var token = Base64.getUrlEncoder().withoutPadding().encodeToString("1 providers from".getBytes(StandardCharsets.UTF_8));
        assertThat(first).bodyJson().extractingPath("$.continue").isEqualTo(token);
        var second = http.get().uri("/api/v1/providers?limit=1&continue=" + token);
        assertThat(second).hasStatusOk().bodyJson().extractingPath("$.items[0].name").isEqualTo("to");
        assertThat(second).bodyJson().doesNotHavePath("$.continue");
    }
}
