package io.godwit.engine.journal;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.itinerary.Step;
import io.godwit.engine.journal.EngineEntry.AllUndone;
import io.godwit.engine.journal.EngineEntry.Commanded;
import io.godwit.engine.journal.EngineEntry.Created;
import io.godwit.engine.journal.EngineEntry.StepCompleted;
import io.godwit.engine.journal.EngineEntry.StepFaulted;
import io.godwit.engine.journal.EngineEntry.StepStarted;
import io.godwit.engine.journal.EngineEntry.StepStopped;
import io.godwit.engine.journal.EngineEntry.StepUndone;
import io.godwit.engine.journal.Transitions.Transition;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The journal of one VM migration, replayed: everything that the engine decides by. Immutable.
public final class Journal {
    /// Name of the gate that opens with a [Command#CUTOVER].
    public static final String CUTOVER_GATE = "cutover";

    /// Name under which a push that undoes or only journals commands is dispatched, in place of a stage's.
    public static final String COMMANDS = "Commands";

    private static final class Passage {
        private Passage() {}

        private Passage(Passage from) {
            starts = from.starts;
            faults = from.faults;
            completed = from.completed;
            undone = from.undone;
            started = from.started;
            attemptStarted = from.attemptStarted;
            ended = from.ended;
        }

        private int starts;
        private int faults;
        private boolean completed;
        private boolean undone;
        private @Nullable Instant started;
        private @Nullable Instant attemptStarted;
        private @Nullable Instant ended;
    }

    private final List<JournalEntry> entries;
    private final Map<StepPath, Passage> passages = new LinkedHashMap<>();
    private final Map<StepPath, Long> undoneAt = new HashMap<>();
    private final Set<Command> commands = new HashSet<>();
    private final Set<Transition> visited = new HashSet<>();
    private State state = State.NONE;
    private List<Slot> slots = List.of();
    private @Nullable StepPath open;
    private @Nullable Fault fault;
    private @Nullable StepPath faultStep;
    private @Nullable Instant retryAt;
    private int undoFaults;

    /// Replays these entries; a fault `JOURNAL_INCONSISTENT` where they make no sense.
    public Journal(List<JournalEntry> entries) {
        this.entries = List.copyOf(entries);
        this.entries.forEach(this::replay);
    }

    private Journal(Journal from, List<JournalEntry> more) {
        var all = new ArrayList<JournalEntry>(from.entries.size() + more.size());
        all.addAll(from.entries);
        all.addAll(more);
        entries = Collections.unmodifiableList(all);
        from.passages.forEach((step, passage) -> passages.put(step, new Passage(passage)));
        undoneAt.putAll(from.undoneAt);
        commands.addAll(from.commands);
        visited.addAll(from.visited);
        state = from.state;
        slots = from.slots;
        open = from.open;
        fault = from.fault;
        faultStep = from.faultStep;
        retryAt = from.retryAt;
        undoFaults = from.undoFaults;
        more.forEach(this::replay);
    }

    /// What a store keeps beside the journal; see [Projection].
    public static Projection.Projected project(List<JournalEntry> entries) {
        var journal = new Journal(entries);
        return new Projection.Projected(journal.status(null), journal.slots());
    }

    /// The same with these behind.
    public Journal plus(List<JournalEntry> more) {
        return more.isEmpty() ? this : new Journal(this, more);
    }

    public List<JournalEntry> entries() {
        return entries;
    }

    public State state() {
        return state;
    }

    /// The rows of the table that this journal went through.
    public Set<Transition> visited() {
        return Set.copyOf(visited);
    }

    public Created created() {
        return (Created) entries.getFirst().payload();
    }

    public boolean commanded(Command command) {
        return commands.contains(command);
    }

    /// The slots that the step under way holds.
    public List<Slot> slots() {
        return slots;
    }

    /// The step that was started and has not ended.
    public Optional<StepPath> open() {
        return Optional.ofNullable(open);
    }

    /// The fault of the last attempt, while no later step was completed and nothing was started again.
    public Optional<Fault> fault() {
        return Optional.ofNullable(fault);
    }

    /// The step that [#fault] happened in.
    public Optional<StepPath> faultStep() {
        return Optional.ofNullable(faultStep);
    }

    /// When the engine tries again what ended with [#fault].
    public Optional<Instant> retryAt() {
        return Optional.ofNullable(retryAt);
    }

    /// Faults of this step since it was first started or last retried by a person.
    public int faults(StepPath step) {
        var passage = passages.get(step);
        return passage == null ? 0 : passage.faults;
    }

    /// Faults of undoing since the last command.
    public int undoFaults() {
        return undoFaults;
    }

    /// How often the step was started.
    public int attempts(StepPath step) {
        var passage = passages.get(step);
        return passage == null ? 0 : passage.starts;
    }

    public boolean completed(StepPath step) {
        var passage = passages.get(step);
        return passage != null && passage.completed;
    }

    public Optional<Instant> started(StepPath step) {
        return Optional.ofNullable(passages.get(step)).map(passage -> passage.started);
    }

    public Optional<Instant> attemptStarted(StepPath step) {
        return Optional.ofNullable(passages.get(step)).map(passage -> passage.attemptStarted);
    }

    public Optional<Instant> ended(StepPath step) {
        return Optional.ofNullable(passages.get(step)).map(passage -> passage.ended);
    }

    /// The last started occurrence of a stage.
    public Optional<StepPath> lastStep(String stage) {
        return passages.keySet().stream().filter(path -> path.stage().equals(stage)).reduce((_, second) -> second);
    }

    /// The step to undo next: of those that were started and are not undone, the one that was started last.
    public Optional<StepPath> nextToUndo() {
        return passages.entrySet().stream().filter(each -> !each.getValue().undone).map(Map.Entry::getKey)
                .reduce((_, second) -> second);
    }

    /// The step to start next, or the one under way; empty behind the last.
    public Optional<StepPath> next() {
        return next(created().itinerary().steps(), "", null);
    }

    /// The step that would follow once this one is completed.
    public Optional<StepPath> nextAfter(StepPath step) {
        return next(created().itinerary().steps(), "", step);
    }

    private Optional<StepPath> next(List<Step> steps, String prefix, @Nullable StepPath assumed) {
        for (int i = 0; i < steps.size(); i++) {
            var found = switch (steps.get(i)) {
                case Step.Run(var stage) -> {
                    var path = new StepPath(prefix + i + ":" + stage);
                    boolean done = completed(path) || path.equals(assumed);
                    var then = done ? Optional.<StepPath>empty() : Optional.of(path);
                    yield then;
                }
                case Step.Repeat(var inner, var until) -> nextRound(inner, prefix + i, until, assumed);
            };
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<StepPath> nextRound(List<Step> inner, String path, String until, @Nullable StepPath assumed) {
        for (int round = 1;; round++) {
            var prefix = path + "[" + round + "]/";
            if (passages.keySet().stream().noneMatch(each -> each.value().startsWith(prefix)) && reached(until)) {
                return Optional.empty();
            }
            var found = next(inner, prefix, assumed);
            if (found.isPresent()) {
                return found;
            }
        }
    }

    private boolean reached(String gate) {
        if (!gate.equals(CUTOVER_GATE)) {
            throw new FaultException(EngineFault.STAGE_UNKNOWN, "gate " + gate + " of itinerary " + created().itinerary().name(),
                    "this release has no such gate");
        }
        return commanded(Command.CUTOVER);
    }

    /// What lists and claims need.
    public Status status(@Nullable String waitingFor) {
        var stage = switch (state) {
            case NONE, CANCELED, SUCCEEDED -> null;
            case CANCELING, CANCEL_FAILED -> COMMANDS;
            case QUEUED, READY, RUNNING, BACKING_OFF, FAILED -> next().map(StepPath::stage).orElse(null);
        };
        return new Status(state.phase(), stage, waitingFor, fault == null ? null : fault.code());
    }

    /// The last payload of that class that is not undone.
    public <T extends Record> Optional<T> fact(Class<T> type) {
        for (int i = entries.size() - 1; i >= 0; i--) {
            var entry = entries.get(i);
            if (type.isInstance(entry.payload()) && !undone(entry)) {
                return Optional.of(type.cast(entry.payload()));
            }
        }
        return Optional.empty();
    }

    /// All payloads of that class that are not undone, the oldest first.
    public <T extends Record> List<T> facts(Class<T> type) {
        return entries.stream().filter(entry -> type.isInstance(entry.payload()) && !undone(entry)).map(entry -> type.cast(entry.payload()))
                .toList();
    }

    /// The same, of one step only, undone or not.
    public <T extends Record> List<T> facts(StepPath step, Class<T> type) {
        return entries.stream().filter(entry -> type.isInstance(entry.payload()) && entry.step().equals(step))
                .map(entry -> type.cast(entry.payload())).toList();
    }

    /// What an operation made, when that is known and not undone.
    public <T extends Record> Optional<T> result(String operationId, Class<T> type) {
        return entries.stream().filter(
                entry -> entry.kind() == EntryKind.RESULT && operationId.equals(entry.operationId()) && !undone(entry))
                .map(entry -> type.cast(entry.payload())).reduce((_, second) -> second);
    }

    /// Whether a call was ever about to be made whose id starts so.
    public boolean intended(String operationId) {
        return entries.stream().anyMatch(entry -> entry.kind() == EntryKind.INTENT && operationId.equals(entry.operationId()));
    }

    /// When every call that was about to be made before that entry has surely ended: no lease under which it could have been begun holds
    /// any more, and its deadline has passed.
    ///
    /// @param before number of an entry under a newer epoch than all the calls before it
    /// @param callDeadline of every call
    public Instant settled(long before, Duration callDeadline) {
        var settled = Instant.MIN;
        for (var intent : entries) {
            if (intent.seq() >= before) {
                break;
            }
            if (intent.kind() == EntryKind.INTENT && !answered(intent)) {
                var newer = entries.stream().filter(entry -> entry.epoch() > intent.epoch()).findFirst().orElse(entries.getLast());
                var ends = newer.at().plus(callDeadline);
                settled = ends.isAfter(settled) ? ends : settled;
            }
        }
        return settled;
    }

    /// Number of the entry that this undoing began with.
    public long lastCancel() {
        return entries.stream().filter(entry -> entry.payload() instanceof Commanded(var command) && command == Command.CANCEL)
                .mapToLong(JournalEntry::seq).reduce(0, (_, second) -> second);
    }

    /// Number of the entry that started this step's last attempt.
    public long lastStart(StepPath step) {
        return entries.stream().filter(entry -> entry.kind() == EntryKind.STEP_STARTED && entry.step().equals(step))
                .mapToLong(JournalEntry::seq).reduce(0, (_, second) -> second);
    }

    private boolean answered(JournalEntry intent) {
        return entries.stream().anyMatch(entry -> entry.kind() == EntryKind.RESULT && entry.epoch() == intent.epoch()
                && Objects.equals(entry.operationId(), intent.operationId()));
    }

    private boolean undone(JournalEntry entry) {
        var at = undoneAt.get(entry.step());
        return at != null && entry.seq() < at;
    }

    private void replay(JournalEntry entry) {
        if (entry.payload() instanceof EngineEntry payload) {
            switch (payload) {
                case Created _ -> move(entry, Event.CREATED);
                case Commanded(var command) -> command(entry, command);
                case StepStarted(var taken) -> {
                    move(entry, Event.STEP_STARTED);
                    slots = taken;
                    open = entry.step();
                    clearFault();
                    at(entry, passage -> {
                        passage.starts++;
                        passage.attemptStarted = entry.at();
                        passage.started = passage.started == null ? entry.at() : passage.started;
                        passage.ended = null;
                    });
                }
                case StepCompleted(var last) -> {
                    move(entry, last ? Event.LAST_STEP_COMPLETED : Event.STEP_COMPLETED);
                    close();
                    at(entry, passage -> {
                        passage.completed = true;
                        passage.ended = entry.at();
                    });
                }
                case StepFaulted(var what, var again) -> {
                    boolean undoing = state == State.CANCELING;
                    move(entry, again == null ? Event.STEP_FAILED : Event.STEP_FAULTED);
                    fault = what;
                    faultStep = entry.step();
                    retryAt = again;
                    if (undoing) {
                        undoFaults++;
                    } else {
                        close();
                        at(entry, passage -> {
                            passage.faults++;
                            passage.ended = entry.at();
                        });
                    }
                }
                case StepStopped _ -> {
                    move(entry, Event.STEP_STOPPED);
                    close();
                    at(entry, passage -> passage.ended = entry.at());
                }
                case StepUndone _ -> {
                    move(entry, Event.STEP_UNDONE);
                    clearFault();
                    undoFaults = 0;
                    undoneAt.put(entry.step(), entry.seq());
                    at(entry, passage -> passage.undone = true);
                }
                case AllUndone _ -> {
                    move(entry, Event.ALL_UNDONE);
                    clearFault();
                }
                case EngineEntry.Intended _ -> {
                }
            }
        } else if (state == State.NONE) {
            throw inconsistent(entry, "the first entry is not CREATED");
        }
    }

    private void command(JournalEntry entry, Command command) {
        var before = state;
        commands.add(command);
        move(entry, switch (command) {
            case CANCEL -> Event.CANCEL;
            case RETRY -> Event.RETRY;
            case CUTOVER -> Event.CUTOVER;
        });
        if (command != Command.CUTOVER && before != state) {
            undoFaults = 0;
            if (command == Command.RETRY) {
                passages.values().forEach(passage -> passage.faults = 0);
            }
            clearFault();
        }
    }

    private void clearFault() {
        fault = null;
        faultStep = null;
        retryAt = null;
    }

    private void close() {
        slots = List.of();
        open = null;
    }

    private void at(JournalEntry entry, Consumer<Passage> change) {
        change.accept(passages.computeIfAbsent(entry.step(), _ -> new Passage()));
    }

    private void move(JournalEntry entry, Event event) {
        if (entry.payload() instanceof StepCompleted && !entry.step().equals(open)) {
            throw inconsistent(entry, "the step under way is " + open);
        }
        var row = Transitions.find(state, event).orElseThrow(() -> inconsistent(entry, event + " cannot follow " + state));
        visited.add(row);
        state = row.to();
    }

    private FaultException inconsistent(JournalEntry entry, String why) {
        return new FaultException(EngineFault.JOURNAL_INCONSISTENT, "journal entry " + entry.seq() + " (" + entry.type() + ")", why);
    }
}
