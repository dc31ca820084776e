package io.godwit.engine.migration;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.EngineEntry.AllUndone;
import io.godwit.engine.journal.EngineEntry.Commanded;
import io.godwit.engine.journal.EngineEntry.StepCompleted;
import io.godwit.engine.journal.EngineEntry.StepFaulted;
import io.godwit.engine.journal.EngineEntry.StepStarted;
import io.godwit.engine.journal.EngineEntry.StepStopped;
import io.godwit.engine.journal.EngineEntry.StepUndone;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.InboxCommand;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.State;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.migration.Pushed.Did;
import io.godwit.engine.stage.EngineSettings;
import io.godwit.engine.stage.Outcome;
import io.godwit.engine.stage.Providers;
import io.godwit.engine.stage.Push;
import io.godwit.engine.stage.PushLost;
import io.godwit.engine.stage.StageContext;
import io.godwit.engine.stage.StageFact.JobStarted;
import io.godwit.engine.stage.Stages;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Pushes VM migrations under leases. Between pushes it knows only which leases were handed out; everything else is in the journal.
public final class LeasedRunner implements VmMigrationRunner {
    private static final int TRIES = 5;
    private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(5);
    private static final Duration LONGEST_BACK_OFF = Duration.ofMinutes(5);
    private static final Duration STOP_RECHECK = Duration.ofSeconds(1);

    private record Claim(Lease lease, String stage) {}

    private final MigrationStore store;
    private final FactTypes types;
    private final Providers providers;
    private final Stages stages;
    private final EngineSettings settings;
    private final String node;
    private final Map<VmMigrationId, Claim> claims = new ConcurrentHashMap<>();

    /// Pushes as that node.
    public LeasedRunner(MigrationStore store, FactTypes types, Providers providers, Stages stages, EngineSettings settings, String node) {
        this.store = store;
        this.types = types;
        this.providers = providers;
        this.stages = stages;
        this.settings = settings;
        this.node = node;
    }

    @Override
    public List<String> stages() {
        return Stream.concat(stages.names().stream(), Stream.of(COMMANDS)).toList();
    }

    @Override
    public List<Due> claimDue() {
        var due = new ArrayList<Due>();
        for (var lease : store.claimDue(node, settings.claims(), settings.leaseTime())) {
            var row = store.findVm(lease.id());
            var next = row.map(each -> each.status().stage()).orElse(COMMANDS);
            var stage = next == null || !store.inbox(lease.id()).isEmpty() ? COMMANDS : next;
            claims.put(lease.id(), new Claim(lease, stage));
            due.add(new Due(lease.id(), stage));
        }
        return due;
    }

    @Override
    public Pushed execute(VmMigrationId id) {
        return pushed(id, this::decide);
    }

    @Override
    public Pushed park(VmMigrationId id, Fault fault) {
        return pushed(id, (push, claim) -> {
            var journal = push.journal();
            if (journal.state() == State.CANCELING) {
                push.draft(StepPath.NONE, 0, EntryKind.STEP_ENDED, null, new StepFaulted(fault, null));
                return end(push, claim, false, null, null, Did.FAULTED, fault);
            }
            var step = journal.next();
            if (!List.of(State.QUEUED, State.READY, State.BACKING_OFF, State.RUNNING).contains(journal.state()) || step.isEmpty()) {
                return end(push, claim, false, null, null, Did.NOTHING, null);
            }
            if (journal.state() != State.RUNNING) {
                push.draft(step.get(), journal.attempts(step.get()) + 1, EntryKind.STEP_STARTED, null, new StepStarted(List.of()));
                push.flush();
            }
            return fault(push, claim, step.get(), fault, false);
        });
    }

    private interface Work {
        Pushed on(Push push, Claim claim);
    }

    private Pushed pushed(VmMigrationId id, Work work) {
        var claim = claims.remove(id);
        if (claim == null) {
            return new Pushed(id, COMMANDS, State.NONE.phase(), Did.NOTHING, null);
        }
        var push = new Push(store, types, claim.lease());
        try {
            return work.on(push, claim);
        } catch (PushLost e) {
            return new Pushed(id, claim.stage(), push.journal().state().phase(), Did.NOTHING, null);
        }
    }

    private Pushed decide(Push push, Claim claim) {
        takeCommands(push);
        var journal = push.journal();
        return switch (journal.state()) {
            case NONE, FAILED, CANCEL_FAILED, CANCELED, SUCCEEDED -> end(push, claim, false, null, null, Did.WAITED, null);
            case CANCELING -> undo(push, claim);
            case BACKING_OFF -> {
                var at = journal.retryAt().orElse(push.now());
                var then = at.isAfter(push.now())
                        ? end(push, claim, false, waiting(journal.fault()), at, Did.WAITED, null)
                        : start(push, claim);
                yield then;
            }
            case QUEUED, READY -> start(push, claim);
            case RUNNING -> {
                var step = journal.open().orElseThrow();
                var then = rightRoute(claim, step) ? execute(push, claim, step) : reroute(push, claim);
                yield then;
            }
        };
    }

    private static @Nullable String waiting(Optional<Fault> fault) {
        return fault.map(each -> "another try after " + each.code()).orElse(null);
    }

    private void takeCommands(Push push) {
        var commands = store.inbox(push.lease().id());
        if (!commands.isEmpty()) {
            for (var command : commands) {
                push.draft(StepPath.NONE, 0, EntryKind.COMMANDED, null, new Commanded(command.command()));
            }
            push.flush(commands.stream().map(InboxCommand::number).toList());
        }
    }

    private static boolean rightRoute(Claim claim, StepPath step) {
        return claim.stage().equals(step.stage());
    }

    /// A stage is run by the push of its own route only.
    private static Pushed reroute(Push push, Claim claim) {
        return end(push, claim, false, null, push.now(), Did.WAITED, null);
    }

    private Pushed start(Push push, Claim claim) {
        var step = push.journal().next().orElseThrow(() -> new FaultException(EngineFault.JOURNAL_INCONSISTENT, "VM migration "
                + push.lease().id(), "no step follows and none was the last"));
        if (!rightRoute(claim, step)) {
            return reroute(push, claim);
        }
        int attempt = push.journal().attempts(step) + 1;
        List<Slot> slots;
        try {
            slots = slots(context(push, step, attempt));
        } catch (FaultException e) { // an unknown stage
            push.draft(step, attempt, EntryKind.STEP_STARTED, null, new StepStarted(List.of()));
            push.flush();
            return fault(push, claim, step, e.fault(), false);
        }
        push.draft(step, attempt, EntryKind.STEP_STARTED, null, new StepStarted(slots));
        if (!push.start(slots)) {
            return end(push, claim, false, "a free slot", push.now().plus(settings.slotRecheck()), Did.WAITED, null);
        }
        return execute(push, claim, step);
    }

    private List<Slot> slots(StageContext context) {
        var plan = context.order().plan();
        var slots = new ArrayList<Slot>();
        slots.add(new Slot("total", 1, settings.vmMigrations()));
        Stream.of(plan.sourceProvider(), plan.destinationProvider()).distinct()
                .forEach(provider -> slots.add(new Slot("provider:" + provider, 1, settings.perProvider())));
        slots.addAll(stages.require(context.step().stage()).slots(context));
        return List.copyOf(slots);
    }

    private StageContext context(Push push, StepPath step, int attempt) {
        return new StageContext(push, providers, settings, step, attempt);
    }

    private Pushed execute(Push push, Claim claim, StepPath step) {
        var context = context(push, step, push.journal().attempts(step));
        return guarded(push, claim, step, () -> switch (stages.require(step.stage()).execute(context)) {
            case Outcome.Waiting(var why, var after) -> end(push, claim, false, why, push.now().plus(after), Did.WAITED, null);
            case Outcome.Completed() -> {
                boolean last = push.journal().nextAfter(step).isEmpty();
                push.draft(step, context.attempt(), EntryKind.STEP_ENDED, null, new StepCompleted(last));
                var then = end(push, claim, true, null, last ? null : push.now(), Did.STEPPED, null);
                yield then;
            }
        });
    }

    private Pushed guarded(Push push, Claim claim, StepPath step, Supplier<Pushed> work) {
        try {
            return work.get();
        } catch (PushLost e) {
            throw e;
        } catch (FaultException e) {
            return fault(push, claim, step, e.fault(), true);
        } catch (RuntimeException e) {
            return fault(push, claim, step, Fault.of(EngineFault.STAGE_BROKEN, "stage " + step.stage() + " of " + push.lease().id(), e),
                    false);
        }
    }

    private static Pushed fault(Push push, Claim claim, StepPath step, Fault fault, boolean again) {
        var journal = push.journal();
        boolean undoing = journal.state() == State.CANCELING;
        int tries = 1 + (undoing ? journal.undoFaults() : journal.faults(step));
        var retryAt = again && fault.retryable() && tries < TRIES ? push.now().plus(backOff(tries)) : null;
        push.draft(step, journal.attempts(step), EntryKind.STEP_ENDED, null, new StepFaulted(fault, retryAt));
        return end(push, claim, !undoing, null, retryAt, Did.FAULTED, fault);
    }

    private static Duration backOff(int tries) {
        var wait = FIRST_BACK_OFF.multipliedBy(1L << (tries - 1));
        return wait.compareTo(LONGEST_BACK_OFF) < 0 ? wait : LONGEST_BACK_OFF;
    }

    private Pushed undo(Push push, Claim claim) {
        var journal = push.journal();
        if (!claim.stage().equals(COMMANDS)) {
            return reroute(push, claim);
        }
        var retryAt = journal.retryAt();
        if (retryAt.isPresent() && retryAt.get().isAfter(push.now())) {
            return end(push, claim, false, waiting(journal.fault()), retryAt.get(), Did.WAITED, null);
        }
        var step = journal.nextToUndo().orElse(StepPath.NONE);
        return guarded(push, claim, step, () -> {
            var alive = stillAlive(push);
            if (alive.isPresent()) {
                return end(push, claim, false, alive.get().why(), push.now().plus(alive.get().recheckAfter()), Did.WAITED, null);
            }
            var open = push.journal().open();
            if (open.isPresent()) {
                push.draft(open.get(), push.journal().attempts(open.get()), EntryKind.STEP_ENDED, null, new StepStopped());
                return end(push, claim, true, "what was made is being removed", push.now(), Did.STEPPED, null);
            }
            return step.equals(StepPath.NONE) ? endUndoing(push, claim) : undo(push, claim, step);
        });
    }

    /// Nothing is removed before every job is proven dead, and every call that an earlier owner may have begun has ended.
    private Optional<Outcome.Waiting> stillAlive(Push push) {
        var journal = push.journal();
        var jobs = journal.facts(JobStarted.class).isEmpty()
                && journal.entries().stream().noneMatch(entry -> entry.kind() == EntryKind.INTENT);
        boolean dead = jobs || providers.destination(journal.created().plan().destinationProvider()).workers().stopAll(push.lease().id());
        var settled = journal.settled(journal.lastCancel(), settings.callDeadline());
        if (settled.isAfter(push.now())) {
            return Optional.of(new Outcome.Waiting("calls under way are running out", Duration.between(push.now(), settled)));
        }
        return dead ? Optional.empty() : Optional.of(new Outcome.Waiting("jobs are being stopped", STOP_RECHECK));
    }

    private Pushed undo(Push push, Claim claim, StepPath step) {
        var context = context(push, step, push.journal().attempts(step));
        return switch (stages.require(step.stage()).compensate(context)) {
            case Outcome.Waiting(var why, var after) -> end(push, claim, false, why, push.now().plus(after), Did.WAITED, null);
            case Outcome.Completed() -> {
                push.draft(step, context.attempt(), EntryKind.UNDONE, null, new StepUndone());
                var then = end(push, claim, false, "what was made is being removed", push.now(), Did.STEPPED, null);
                yield then;
            }
        };
    }

    private Pushed endUndoing(Push push, Claim claim) {
        var journal = push.journal();
        if (journal.entries().stream().anyMatch(entry -> entry.kind() == EntryKind.INTENT)) {
            var left = providers.destination(journal.created().plan().destinationProvider()).leftovers(push.lease().id());
            if (!left.isEmpty()) {
                throw new FaultException(EngineFault.LEFTOVERS_FOUND, String.join(", ", left), "it is there after everything was removed");
            }
        }
        push.draft(StepPath.NONE, 0, EntryKind.UNDONE, null, new AllUndone());
        return end(push, claim, true, null, null, Did.STEPPED, null);
    }

    private static Pushed end(Push push, Claim claim, boolean freeSlots, @Nullable String waitingFor, @Nullable Instant nextCheckAt,
            Did did,
            @Nullable Fault fault) {
        push.end(freeSlots, waitingFor, nextCheckAt);
        return new Pushed(push.lease().id(), claim.stage(), push.journal().state().phase(), did, fault);
    }
}
