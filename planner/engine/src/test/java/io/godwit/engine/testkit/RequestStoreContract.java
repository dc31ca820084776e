package io.godwit.engine.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.catalog.RequestStore.Answer;
import io.godwit.engine.catalog.RequestStore.Begun;
import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// What every store of requests is held to. Each test starts with one that holds nothing.
public abstract class RequestStoreContract {
    private static final Instant LONG_AGO = Instant.EPOCH;
    private static final Answer ANSWER = new Answer(201, "application/json", "{\"id\":\"p-1\"}");

    /// The same store for the whole test.
    protected abstract RequestStore store();

    /// Makes every request of the store older.
    protected abstract void age(Duration by);

    private Begun begin(String key, String digest) {
        return store().begin(key, digest, "node-1", LONG_AGO);
    }

    @Test
    void carriesARequestOutOnceAndAnswersItAgain() {
        assertThat(begin("k", "d")).isInstanceOf(Begun.First.class);
        assertThat(begin("k", "d")).isEqualTo(new Begun.UnderWay());
        store().answered("k", ANSWER);
        assertThat(begin("k", "d")).isEqualTo(new Begun.Done(ANSWER));
        store().forget("k");
        assertThat(begin("k", "d")).as("what was answered is kept").isEqualTo(new Begun.Done(ANSWER));
        assertThat(begin("other", "d")).isInstanceOf(Begun.First.class);
    }

    @Test
    void refusesAKeyThatCameWithAnotherRequest() {
        begin("k", "d");
        assertThatThrownBy(() -> begin("k", "e")).isInstanceOfSatisfying(FaultException.class,
                thrown -> assertThat(thrown.fault().code()).isEqualTo(EngineFault.IDEMPOTENCY_KEY_REUSED.name()));
    }

    @Test
    void beginsAnewWhatDidNothing() {
        begin("k", "d");
        store().forget("k");
        assertThat(begin("k", "e")).isInstanceOf(Begun.First.class);
    }

    @Test
    void beginsALostRequestAgainUnderItsSeed() {
        var first = begin("k", "d");
        assertThat(store().begin("k", "d", "node-2", Instant.now().plusSeconds(60))).as("of a node that may live")
                .isEqualTo(new Begun.UnderWay());
        assertThat(store().begin("k", "d", "node-1", Instant.now().plusSeconds(60))).as("its node was started since").isEqualTo(first);
        age(RequestStore.LOST.plusSeconds(1));
        assertThat(store().begin("k", "d", "node-2", LONG_AGO)).isEqualTo(first);
        assertThat(begin("k", "d")).isEqualTo(new Begun.UnderWay());
    }

    @Test
    void forgetsEverythingAfterADay() {
        begin("k", "d");
        store().answered("k", ANSWER);
        age(RequestStore.KEPT.minusMinutes(1));
        assertThat(begin("k", "d")).isEqualTo(new Begun.Done(ANSWER));
        age(Duration.ofMinutes(2));
        assertThat(begin("k", "e")).isInstanceOf(Begun.First.class);
    }

    @Test
    void letsOneOfTwoThatComeAtOnceBeCarriedOut() throws Exception {
        Callable<Begun> come = () -> begin("k", "d");
        try (var threads = Executors.newFixedThreadPool(4)) {
            var outcomes = threads.invokeAll(List.of(come, come, come, come)).stream().map(future -> future.resultNow()).toList();
            assertThat(outcomes.stream().filter(Begun.First.class::isInstance)).hasSize(1);
            assertThat(outcomes.stream().filter(Begun.UnderWay.class::isInstance)).hasSize(3);
        }
    }
}
