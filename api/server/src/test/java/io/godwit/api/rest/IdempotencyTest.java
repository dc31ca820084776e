package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.api.ServerIdentity;
import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.testkit.InMemoryRequestStore;
import io.godwit.model.fault.FaultException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.servlet.ModelAndView;

class IdempotencyTest {
    private final RequestStore requests = new InMemoryRequestStore(Clock.systemUTC());
    private final List<String> made = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private Instant started = Instant.EPOCH;
    private int status = 201;

    private final FilterChain chain = (request, response) -> {
        var body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        made.add(NewIds.next("p") + " " + body);
        ((HttpServletResponse) response).setStatus(status);
        response.setContentType("application/json");
        response.getWriter().write("{\"number\":" + made.size() + "}");
    };

    private MockHttpServletResponse post(String key, String body, FilterChain to) throws Exception {
        var filter = new IdempotencyFilter(requests, new ServerIdentity("1", "node-1", started), (_, response, _, thrown) -> {
            var fault = ((FaultException) thrown).fault();
            faults.add(fault.code());
            response.setStatus(ProblemAdvice.statusOf(fault).value());
            return new ModelAndView();
        });
        var request = new MockHttpServletRequest("POST", "/api/v1/plans");
        request.addHeader("Idempotency-Key", key);
        request.setContent(body.getBytes(StandardCharsets.UTF_8));
        var response = new MockHttpServletResponse();
        filter.doFilter(request, response, to);
        return response;
    }

    @Test
    void theSameRequestIsAnsweredAgainAndNotCarriedOutAgain() throws Exception {
        var first = post("k-1", "{}", chain);
        var second = post("k-1", "{}", chain);
        assertThat(made).hasSize(1);
        assertThat(second.getStatus()).isEqualTo(201);
        assertThat(second.getContentAsString()).isEqualTo(first.getContentAsString()).isEqualTo("{\"number\":1}");
        assertThat(second.getContentType()).isEqualTo("application/json");
        assertThat(first.getHeader("Idempotency-Replayed")).isNull();
        assertThat(second.getHeader("Idempotency-Replayed")).isEqualTo("true");
        assertThat(post("\"k-1\"", "{}", chain).getContentAsString()).as("quoted, as the draft writes it").isEqualTo("{\"number\":1}");
    }

    @Test
    void anotherRequestUnderTheSameKeyIsRefused() throws Exception {
        post("k-1", "{}", chain);
        assertThat(post("k-1", "{ }", chain).getStatus()).isEqualTo(422);
        assertThat(faults).containsExactly("IDEMPOTENCY_KEY_REUSED");
        assertThat(made).hasSize(1);
    }

    @Test
    void whatWasRefusedIsCarriedOutWhenItComesAgain() throws Exception {
        status = 422;
        assertThat(post("k-1", "{}", chain).getStatus()).isEqualTo(422);
        status = 201;
        assertThat(post("k-1", "{}", chain).getStatus()).isEqualTo(201);
        assertThat(made).hasSize(2);
    }

    @Test
    void aRequestThatComesWhileItsFirstIsHandledIsToldSo() throws Exception {
        var handled = new CountDownLatch(1);
        var handling = new CountDownLatch(1);
        try (var threads = Executors.newSingleThreadExecutor()) {
            var first = threads.submit(() -> post("k-1", "{}", (request, response) -> {
                handling.countDown();
                try {
                    assertThat(handled.await(10, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                chain.doFilter(request, response);
            }));
            assertThat(handling.await(10, TimeUnit.SECONDS)).isTrue();
            var second = post("k-1", "{}", chain);
            assertThat(second.getStatus()).isEqualTo(409);
            assertThat(second.getHeader("Retry-After")).isEqualTo("1");
            assertThat(faults).containsExactly("IDEMPOTENCY_KEY_IN_USE");
            handled.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS).getStatus()).isEqualTo(201);
        }
        assertThat(made).hasSize(1);
        assertThat(post("k-1", "{}", chain).getStatus()).isEqualTo(201);
        assertThat(made).hasSize(1);
    }

    @Test
    void aRequestThatAServerDiedAtIsBegunAgainWithTheIdsThatItHad() throws Exception {
        dieAt("k-3");
        started = Instant.now().plusSeconds(1);
        assertThat(post("k-3", "{}", chain).getStatus()).isEqualTo(201);
        assertThat(made).hasSize(2);
        assertThat(made.getFirst()).isEqualTo(made.getLast());
    }

    /// The request is handled, and nothing is kept of it, as when the process is killed.
    private void dieAt(String key) throws Exception {
        var silent = new RequestStore() {
            @Override
            public Begun begin(String each, String digest, String node, Instant nodeStarted) {
                return requests.begin(each, digest, node, nodeStarted);
            }

            @Override
            public void answered(String each, Answer answer) {}

            @Override
            public void forget(String each) {}
        };
        var filter = new IdempotencyFilter(silent, new ServerIdentity("1", "node-1", started), (_, _, _, _) -> new ModelAndView());
        var request = new MockHttpServletRequest("POST", "/api/v1/plans");
        request.addHeader("Idempotency-Key", key);
        request.setContent("{}".getBytes(StandardCharsets.UTF_8));
        filter.doFilter(request, new MockHttpServletResponse(), chain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "\u00e4", "\t"})
    void aKeyThatIsNoneIsRefused(String key) throws Exception {
        assertThat(post(key, "{}", chain).getStatus()).isEqualTo(400);
        assertThat(post("k".repeat(256), "{}", chain).getStatus()).isEqualTo(400);
        assertThat(post("big", "x".repeat((1 << 20) + 1), chain).getStatus()).isEqualTo(400);
        assertThat(made).isEmpty();
        assertThat(faults).containsOnly("IDEMPOTENCY_KEY_INVALID");
    }
}
