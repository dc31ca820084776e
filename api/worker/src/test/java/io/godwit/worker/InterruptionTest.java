package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptionTest {
    private final List<String> calls = new ArrayList<>();
    private final Interruption interruption = new Interruption(0);

    @Test
    void stopsWhatRunsAndRemovesItWhereItDoesNotStop() {
        interruption.onGivenUp(() -> calls.add("removed"));
        interruption.onAsked(() -> calls.add("first"));
        interruption.onAsked(() -> calls.add("second"));
        assertThat(interruption.asked()).isFalse();
        interruption.ask();
        assertThat(interruption.asked()).isTrue();
        assertThat(calls).containsExactly("second", "removed");
    }

    @Test
    void stopsAtOnceWhatBeginsTooLate() {
        interruption.ask();
        interruption.onAsked(() -> calls.add("stopped"));
        assertThat(calls).containsExactly("stopped");
    }

    @Test
    void doesNothingWhenAllHasEndedByItself() {
        interruption.onAsked(() -> calls.add("stopped"));
        interruption.ended();
        interruption.ask();
        assertThat(calls).isEmpty();
        assertThat(interruption.asked()).isFalse();
    }
}
