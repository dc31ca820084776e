package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.EngineEntry.Created;
import io.godwit.engine.journal.EngineEntry.Intended;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.StepPath;
import io.godwit.model.disk.JobName;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.WorkerPool;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// What a stage sees and may do in one push: read the journal, record facts, make calls that change something.
public final class StageContext {
    private final Push push;
    private final Providers providers;
    private final EngineSettings settings;
    private final StepPath step;
    private final int attempt;

    public StageContext(Push push, Providers providers, EngineSettings settings, StepPath step, int attempt) {
        this.push = push;
        this.providers = providers;
        this.settings = settings;
        this.step = step;
        this.attempt = attempt;
    }

    /// Also the ownership label of all that is made.
    public VmMigrationId id() {
        return push.lease().id();
    }

    public Created order() {
        return journal().created();
    }

    public Journal journal() {
        return push.journal();
    }

    public StepPath step() {
        return step;
    }

    /// From 1.
    public int attempt() {
        return attempt;
    }

    public EngineSettings settings() {
        return settings;
    }

    public Instant now() {
        return push.now();
    }

    public SourceProvider source() {
        return providers.source(order().plan().sourceProvider());
    }

    public DestinationProvider destination() {
        return providers.destination(order().plan().destinationProvider());
    }

    /// The keys that the plan has for the VM's encrypted devices, by device.
    public Map<String, String> guestKeys() {
        return providers.guestKeys(order().plan().id(), order().vm().id());
    }

    public WorkerPool workers() {
        return destination().workers();
    }

    /// The last fact of that kind.
    public <T extends Record> Optional<T> find(Class<T> fact) {
        return journal().fact(fact);
    }

    /// The last fact of that kind, which an earlier stage must have recorded.
    public <T extends Record> T require(Class<T> fact) {
        return find(fact).orElseThrow(() -> new FaultException(EngineFault.JOURNAL_INCONSISTENT, "stage " + step.stage() + " of " + id(),
                "no earlier stage recorded " + fact.getSimpleName()));
    }

    public <T extends Record> List<T> list(Class<T> fact) {
        return journal().facts(fact);
    }

    /// Records a fact; it is kept with what the push appends next.
    public void record(Record fact) {
        push.draft(step, attempt, EntryKind.FACT, null, fact);
    }

    /// Makes a call that changes something, once: its intent is on disk before it, its result behind it, and a result that is known is not
    /// asked for again. After a crash between the two the call is repeated, under the same operation id: it must find what it made.
    ///
    /// @param action what is done, e.g. `make-volume`
    /// @param target to what; both together are unique within the step
    /// @param call returns what is recorded as the result
    public <T extends Record> T effect(String action, String target, Class<T> type, Supplier<T> call) {
        var operation = operation(action, target);
        var known = journal().result(operation, type);
        if (known.isPresent()) {
            return known.get();
        }
        push.draft(step, attempt, EntryKind.INTENT, operation, new Intended(action, target));
        push.flush();
        requireTime();
        var result = call.get();
        push.draft(step, attempt, EntryKind.RESULT, operation, result);
        push.flush();
        return result;
    }

    /// Whether such a call may ever have been made by this step.
    public boolean intended(String action, String target) {
        return journal().intended(operation(action, target));
    }

    private String operation(String action, String target) {
        return id() + "/" + step + "/" + action + "/" + target;
    }

    /// Whether another call still fits into this push's lease.
    public boolean timeLeft() {
        return now().plus(settings.callDeadline()).isBefore(push.lease().until());
    }

    private void requireTime() {
        if (!timeLeft()) {
            throw new PushLost("the lease would run out during the next call");
        }
    }

    /// How long to wait until no call that was begun before this attempt can be under way any more; zero when none can.
    public Duration untilSettled() {
        var settled = journal().settled(journal().lastStart(step), settings.callDeadline());
        return settled.isAfter(now()) ? Duration.between(now(), settled) : Duration.ZERO;
    }

    /// A job's name: the same for the same work however often it is asked for, another for other bytes.
    ///
    /// @param shortStage e.g. `copy`
    /// @param parts identities of sources and targets, sizes
    public JobName jobName(String shortStage, List<String> parts) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(step.value().getBytes(StandardCharsets.UTF_8));
            for (var part : parts) {
                digest.update((byte) 0);
                digest.update(part.getBytes(StandardCharsets.UTF_8));
            }
            return new JobName(id() + "-" + shortStage + "-" + HexFormat.of().formatHex(digest.digest(), 0, 4));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
