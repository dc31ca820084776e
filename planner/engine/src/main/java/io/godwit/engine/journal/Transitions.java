package io.godwit.engine.journal;

import static io.godwit.engine.journal.Event.ALL_UNDONE;
import static io.godwit.engine.journal.Event.CANCEL;
import static io.godwit.engine.journal.Event.CREATED;
import static io.godwit.engine.journal.Event.CUTOVER;
import static io.godwit.engine.journal.Event.LAST_STEP_COMPLETED;
import static io.godwit.engine.journal.Event.RETRY;
import static io.godwit.engine.journal.Event.STEP_COMPLETED;
import static io.godwit.engine.journal.Event.STEP_FAILED;
import static io.godwit.engine.journal.Event.STEP_FAULTED;
import static io.godwit.engine.journal.Event.STEP_STARTED;
import static io.godwit.engine.journal.Event.STEP_STOPPED;
import static io.godwit.engine.journal.Event.STEP_UNDONE;
import static io.godwit.engine.journal.State.BACKING_OFF;
import static io.godwit.engine.journal.State.CANCELED;
import static io.godwit.engine.journal.State.CANCELING;
import static io.godwit.engine.journal.State.CANCEL_FAILED;
import static io.godwit.engine.journal.State.FAILED;
import static io.godwit.engine.journal.State.NONE;
import static io.godwit.engine.journal.State.QUEUED;
import static io.godwit.engine.journal.State.READY;
import static io.godwit.engine.journal.State.RUNNING;
import static io.godwit.engine.journal.State.SUCCEEDED;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// All transitions of a VM migration: what is not in this table cannot happen. A row that no test visits fails the build.
public final class Transitions {
    /// One row.
    public record Transition(State from, Event event, State to) {}

    private record Cause(State from, Event event) {}

    private static final List<Transition> TABLE = List.of(
    // @formatter:off
            new Transition(NONE, CREATED, QUEUED),

            new Transition(QUEUED, STEP_STARTED, RUNNING),
            new Transition(READY, STEP_STARTED, RUNNING),
            new Transition(BACKING_OFF, STEP_STARTED, RUNNING),

            new Transition(RUNNING, STEP_COMPLETED, READY),
            new Transition(RUNNING, LAST_STEP_COMPLETED, SUCCEEDED),
            new Transition(RUNNING, STEP_FAULTED, BACKING_OFF),
            new Transition(RUNNING, STEP_FAILED, FAILED),

            new Transition(QUEUED, CANCEL, CANCELING),
            new Transition(READY, CANCEL, CANCELING),
            new Transition(RUNNING, CANCEL, CANCELING),
            new Transition(BACKING_OFF, CANCEL, CANCELING),
            new Transition(FAILED, CANCEL, CANCELING),
            new Transition(CANCEL_FAILED, CANCEL, CANCELING),
            new Transition(CANCELING, CANCEL, CANCELING),
            new Transition(CANCELED, CANCEL, CANCELED), // came too late, as in the rows like it
            new Transition(SUCCEEDED, CANCEL, SUCCEEDED),

            new Transition(CANCELING, STEP_STOPPED, CANCELING),
            new Transition(CANCELING, STEP_UNDONE, CANCELING),
            new Transition(CANCELING, STEP_FAULTED, CANCELING),
            new Transition(CANCELING, STEP_FAILED, CANCEL_FAILED),
            new Transition(CANCELING, ALL_UNDONE, CANCELED),

            new Transition(FAILED, RETRY, READY),
            new Transition(BACKING_OFF, RETRY, READY),
            new Transition(CANCEL_FAILED, RETRY, CANCELING),
            new Transition(QUEUED, RETRY, QUEUED),
            new Transition(READY, RETRY, READY),
            new Transition(RUNNING, RETRY, RUNNING),
            new Transition(CANCELING, RETRY, CANCELING),
            new Transition(CANCELED, RETRY, CANCELED),
            new Transition(SUCCEEDED, RETRY, SUCCEEDED),

            new Transition(QUEUED, CUTOVER, QUEUED),
            new Transition(READY, CUTOVER, READY),
            new Transition(RUNNING, CUTOVER, RUNNING),
            new Transition(BACKING_OFF, CUTOVER, BACKING_OFF),
            new Transition(FAILED, CUTOVER, FAILED),
            new Transition(CANCELING, CUTOVER, CANCELING),
            new Transition(CANCEL_FAILED, CUTOVER, CANCEL_FAILED),
            new Transition(CANCELED, CUTOVER, CANCELED),
            new Transition(SUCCEEDED, CUTOVER, SUCCEEDED));
            // @formatter:on

    private static final Map<Cause, Transition> BY_CAUSE = TABLE.stream()
            .collect(Collectors.toMap(row -> new Cause(row.from(), row.event()), Function.identity()));

    private Transitions() {}

    /// The whole table.
    public static List<Transition> table() {
        return TABLE;
    }

    static Optional<Transition> find(State from, Event event) {
        return Optional.ofNullable(BY_CAUSE.get(new Cause(from, event)));
    }

    /// A state diagram in Mermaid; rows that lead nowhere are left out.
    public static String diagram() {
        var out = new StringBuilder("stateDiagram-v2\n");
        Set<String> lines = new LinkedHashSet<>();
        for (var row : TABLE) {
            if (row.from() != row.to()) {
                lines.add("    " + (row.from() == NONE ? "[*]" : row.from()) + " --> " + row.to() + ": " + row.event());
            }
        }
        lines.add("    " + CANCELED + " --> [*]");
        lines.add("    " + SUCCEEDED + " --> [*]");
        lines.forEach(line -> out.append(line).append('\n'));
        return out.toString();
    }
}
