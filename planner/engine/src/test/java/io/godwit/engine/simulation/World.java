package io.godwit.engine.simulation;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.itinerary.Itineraries;
import io.godwit.engine.itinerary.Itinerary;
import io.godwit.engine.itinerary.Step;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EngineEntry.Created;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.InboxCommand;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.JournalEvent;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.MigrationRow;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.SlotUse;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.journal.Transitions.Transition;
import io.godwit.engine.journal.VmCount;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.engine.migration.LeasedRunner;
import io.godwit.engine.migration.VmMigrationRunner.Due;
import io.godwit.engine.stage.AllocateVolumes;
import io.godwit.engine.stage.EngineSettings;
import io.godwit.engine.stage.Outcome;
import io.godwit.engine.stage.PipelineStep;
import io.godwit.engine.stage.Providers;
import io.godwit.engine.stage.Stage;
import io.godwit.engine.stage.StageContext;
import io.godwit.engine.stage.StageFact.VolumeAllocated;
import io.godwit.engine.stage.Stages;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import io.godwit.model.plan.PlanId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.DestinationProvider.Logs;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.WorkerPool;
import io.godwit.provider.testkit.Calls;
import io.godwit.provider.testkit.FakeDestination;
import io.godwit.provider.testkit.FakeSource;
import io.godwit.provider.testkit.FakeWorkerPool;
import io.godwit.provider.testkit.FakeWorkerPool.Fate;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One seeded run: a few migrations on two replicas, with crashes, lost and late calls, pauses and late commands under a virtual clock;
/// then quiet, until all have ended. The same seed gives the same run.
final class World {
    private static final EngineSettings SETTINGS = new EngineSettings(Duration.ofSeconds(60), Duration.ofSeconds(20), 3, 3, 3, 1, 2,
            Duration.ofSeconds(5));
    private static final int STORMY_STEPS = 250;
    private static final Duration QUIET_LIMIT = Duration.ofHours(6);
    private static final List<Command> COMMANDS = List.of(Command.values());
    private static final int TRACE = 400;

    private record Late(Instant at, String what, Supplier<?> effect) {}

    /// A server process; dies and is replaced by another of the same node.
    private final class Replica {
        private final String node;
        private final Deque<Due> queue = new ArrayDeque<>();
        private int incarnation;
        private LeasedRunner runner;

        Replica(String node) {
            this.node = node;
            this.runner = start();
        }

        private LeasedRunner start() {
            return new LeasedRunner(new Client(this), types, providers, stages, settings(), node);
        }

        private void die() {
            trace(() -> node + " dies");
            incarnation++;
            queue.clear();
            runner = start();
        }

        /// What runs of an incarnation that is gone runs no further.
        private void requireAlive(int since) {
            if (incarnation != since) {
                throw new ProcessDied();
            }
        }

        private void run(Consumer<LeasedRunner> work) {
            var before = current;
            current = this;
            int since = incarnation;
            try {
                work.accept(runner);
            } catch (ProcessDied e) {
                if (incarnation == since) {
                    die();
                }
            } finally {
                current = before;
            }
        }
    }

    private final Random random;
    private final Mutant mutant;
    private final boolean traced;
    private final SimulatedStore store;
    private final Invariants invariants = new Invariants();
    private final FactTypes types = Stages.factTypes();
    private final FakeSource source;
    private final FakeWorkerPool pool;
    private final FakeDestination destination;
    private final Stages stages;
    private final Providers providers = new FlakyProviders();
    private final List<Replica> replicas;
    private final List<Late> late = new ArrayList<>();
    private final Map<PlanId, List<VmMigrationId>> plans = new HashMap<>();
    private final List<VmMigrationId> ids = new ArrayList<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private final Instant begin = Instant.parse("2026-01-01T00:00:00Z");
    private Instant now = begin;
    private boolean stormy = true;
    private int depth;
    private @Nullable Instant latest;
    private @Nullable Replica current;

    World(long seed, Mutant mutant, boolean traced) {
        this.traced = traced;
        this.random = new Random(seed);
        this.mutant = mutant;
        this.store = new SimulatedStore(this::now, mutant);
        Calls calls = new StormyCalls();
        this.source = new FakeSource(calls, random.nextBoolean()).manifest(random.nextBoolean());
        this.pool = new FakeWorkerPool(calls, this::now);
        this.pool.fates(this::fate);
        this.destination = new FakeDestination(calls, new SlowPool());
        this.destination.bootCheck(chance(80));
        this.stages = stages();
        this.replicas = List.of(new Replica("a"), new Replica("b"));
        if (chance(50)) {
            pool.onChange(store::wake);
        }
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            create("p-" + i);
        }
    }

    private Instant now() {
        return now;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private boolean perMille(int share) {
        return stormy && random.nextInt(1000) < share;
    }

    private void trace(Supplier<String> what) {
        if (traced) {
            if (trace.size() == TRACE) {
                trace.removeFirst();
            }
            trace.add(Duration.between(begin, now) + " " + what.get());
        }
    }

    /// The last things that happened.
    List<String> trace() {
        return List.copyOf(trace);
    }

    private EngineSettings settings() {
        return mutant != Mutant.CALLS_NOT_WAITED_OUT
                ? SETTINGS
                : new EngineSettings(SETTINGS.leaseTime(), Duration.ZERO, SETTINGS.claims(), SETTINGS.vmMigrations(),
                        SETTINGS.perProvider(),
                        SETTINGS.conversions(), SETTINGS.disks(), SETTINGS.slotRecheck());
    }

    private Stages stages() {
        if (mutant != Mutant.COMPENSATION_FORGETS_A_VOLUME) {
            return Stages.all();
        }
        var all = Stages.all();
        return new Stages(
                all.names().stream().map(all::require).map(stage -> stage instanceof AllocateVolumes ? new Forgetful(stage) : stage)
                        .toList());
    }

    private void create(String name) {
        var plan = new Plan(PlanId.from(name), name, "", "pr-source", "pr-destination", "n", "s", MigrationType.COLD, "default", chance(20),
                chance(70), vms(name));
        plans.put(plan.id(), new ArrayList<>());
        start(plan, "m-" + name);
    }

    private List<PlanVm> vms(String plan) {
        var vms = new ArrayList<PlanVm>();
        int count = 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            var sizes = random.longs(1 + random.nextInt(3), 1, 100_000_000).toArray();
            source.add("vm-" + plan + i, plan + i, sizes);
            vms.add(new PlanVm("vm-" + plan + i, plan + i, null, null));
        }
        return vms;
    }

    private void start(Plan plan, String migration) {
        var row = new MigrationRow(MigrationId.from(migration), plan.id(), plan.name(), now);
        var created = new ArrayList<MigrationStore.NewVmMigration>();
        for (var vm : plan.vms()) {
            var id = VmMigrationId.from("v-" + migration + "-" + vm.name());
            var payload = new Created(row.id(), plan, vm,
                    new NetworkMapping("n", "n", "pr-source", "pr-destination",
                            List.of(new NetworkMapping.Pair("net-0", new NetworkTarget.Named("default")))),
                    new StorageMapping("s", "s", "pr-source", "pr-destination",
                            List.of(new StorageMapping.Pair("store-0", StorageTarget.DEFAULT))),
                    chance(25) ? rounds() : Itineraries.cold(plan, source.power().isPresent()));
            var entry = new JournalEntry(1, 0, StepPath.NONE, 0, EntryKind.CREATED, null, "created", 1, payload, now);
            created.add(new MigrationStore.NewVmMigration(new VmMigrationRow(id, row.id(), plan.id(), vm.id(), vm.name(), null,
                    new Journal(List.of(entry)).status(null), now), entry));
        }
        store.create(row, created);
        created.forEach(each -> ids.add(each.row().id()));
        created.forEach(each -> plans.computeIfAbsent(plan.id(), _ -> new ArrayList<>()).add(each.row().id()));
        trace(() -> "start of " + plan.id() + " as " + migration);
    }

    /// Copies in rounds until the cutover, as a warm migration does.
    private static Itinerary rounds() {
        return new Itinerary("rounds", List.of(new Step.Run("Initialize"), new Step.Run("AllocateVolumes"),
                new Step.Repeat(List.of(new Step.Run("CopyDisks"), new Step.Run("VerifyDisks")), Journal.CUTOVER_GATE),
                new Step.Run("CopyDisks"), new Step.Run("VerifyDisks"), new Step.Run("CreateVm"), new Step.Run("Finish")));
    }

    private Fate fate(VmMigrationId owner, WorkerJob job, int attempt) {
        var takes = Duration.ofMillis(random.nextInt(60_000));
        if (perMille(60)) {
            return new Fate(takes, Optional.of(new Fault("JOB_LOST", Blame.DESTINATION, true, "job " + job.name(), "killed", "-")));
        }
        if (perMille(40)) {
            return new Fate(takes, Optional.of(new Fault("JOB_HOPELESS", Blame.GUEST, false, "job " + job.name(), "no root", "-")));
        }
        return Fate.endsWell(takes);
    }

    /// Runs until all have ended; throws [Violation].
    Set<Transition> run() {
        for (int i = 0; i < STORMY_STEPS; i++) {
            step();
        }
        stormy = false;
        trace(() -> "quiet");
        var limit = now.plus(QUIET_LIMIT);
        var lookAgain = now;
        while (!late.isEmpty() || store.phases().values().stream().anyMatch(phase -> !phase.ended())) {
            if (now.isAfter(limit)) {
                throw new Violation("they never end: " + store.phases());
            }
            if (!now.isBefore(lookAgain)) {
                people();
                lookAgain = now.plusSeconds(120);
            }
            step();
        }
        return check();
    }

    /// What people do about what stands still.
    private void people() {
        store.phases().forEach((id, phase) -> {
            if (phase == Phase.FAILED) {
                try {
                    store.command(id, chance(70) ? Command.RETRY : Command.CANCEL);
                } catch (FaultException e) {
                    requirePlanRunning(e);
                    store.command(id, Command.CANCEL);
                }
            } else if (!phase.ended() && new Journal(store.truth(id)).created().itinerary().name().equals("rounds")
                    && store.inbox(id).isEmpty()) {
                store.command(id, Command.CUTOVER);
            }
        });
    }

    private static void requirePlanRunning(FaultException e) {
        if (!e.fault().is(EngineFault.PLAN_ALREADY_RUNNING)) {
            throw e;
        }
    }

    private void step() {
        var replica = replicas.get(random.nextInt(replicas.size()));
        int dice = random.nextInt(100);
        if (dice < 25) {
            replica.run(runner -> replica.queue.addAll(runner.claimDue()));
        } else if (dice < 75 && !replica.queue.isEmpty()) {
            var due = replica.queue.remove();
            replica.run(runner -> {
                var pushed = runner.execute(due.id());
                trace(() -> replica.node + " " + due.stage() + " " + due.id() + " " + pushed.did() + " " + pushed.phase()
                        + (pushed.fault() == null ? "" : " " + pushed.fault().code()));
            });
        } else if (dice < 78 && stormy) {
            command();
        } else if (dice < 79 && stormy) {
            replica.die();
        } else if (dice < 80 && stormy) {
            startAgain();
        } else {
            pass(Duration.ofMillis(random.nextInt(replica.queue.isEmpty() ? 6_000 : 500)));
        }
    }

    private void command() {
        var id = ids.get(random.nextInt(ids.size()));
        var command = COMMANDS.get(random.nextInt(COMMANDS.size()));
        if (command == Command.CANCEL && chance(60)) {
            return; // or none would come far
        }
        try {
            store.command(id, command);
            trace(() -> command + " of " + id);
        } catch (FaultException e) {
            requirePlanRunning(e);
        }
    }

    private void startAgain() {
        var journal = new Journal(store.truth(ids.get(random.nextInt(ids.size()))));
        var plan = journal.created().plan();
        var mine = plans.getOrDefault(plan.id(), List.of());
        boolean running = mine.stream().anyMatch(id -> store.phases().getOrDefault(id, Phase.CANCELED).active());
        boolean failed = mine.stream().anyMatch(id -> store.phases().get(id) == Phase.FAILED);
        if (mine.size() > 4) {
            return;
        }
        try {
            start(plan, "m-" + ids.size() + "-" + plan.id());
            if (running || failed) {
                throw new Violation("plan " + plan.id() + " was started twice");
            }
        } catch (FaultException e) {
            if (!failed || !e.fault().is(EngineFault.PLAN_HAS_FAILED_MIGRATION)) {
                requirePlanRunning(e);
            }
        }
    }

    private void pass(Duration time) {
        var until = now.plus(time);
        if (latest != null && until.isAfter(latest)) {
            until = latest;
        }
        while (true) {
            var end = until;
            var next = late.stream().filter(each -> !each.at().isAfter(end)).min(Comparator.comparing(Late::at));
            if (next.isEmpty()) {
                break;
            }
            late.remove(next.get());
            now = next.get().at().isAfter(now) ? next.get().at() : now;
            land(next.get());
        }
        now = until.isAfter(now) ? until : now;
    }

    private void land(Late effect) {
        trace(() -> "late: " + effect.what());
        try {
            var _ = effect.effect().get();
        } catch (FaultException e) {
            trace(() -> "late call refused: " + e.fault().code());
        }
    }

    /// Others go on while one call or one process stands still.
    private void meanwhile(Duration atMost) {
        if (depth > 1) {
            return;
        }
        var before = latest;
        var end = now.plus(atMost);
        latest = before == null || end.isBefore(before) ? end : before;
        depth++;
        try {
            int steps = random.nextInt(25);
            for (int i = 0; i < steps; i++) {
                step();
            }
            pass(Duration.ofMillis(random.nextInt((int) atMost.toMillis())));
        } finally {
            depth--;
            latest = before;
        }
    }

    private void die() {
        throw new ProcessDied();
    }

    private Set<Transition> check() {
        pass(Duration.ofSeconds(60));
        if (!store.slots().isEmpty()) {
            throw new Violation("slots are held by nobody at work: " + store.slots());
        }
        var visited = new HashSet<Transition>();
        for (var id : ids) {
            var journal = new Journal(store.truth(id));
            visited.addAll(journal.visited());
            if (journal.state().phase() != store.phases().get(id)) {
                throw new Violation("the projection of " + id + " is wrong");
            }
            if (!pool.running(id).isEmpty()) {
                throw new Violation(id + " has ended and its jobs run: " + pool.running(id));
            }
            switch (journal.state().phase()) {
                case CANCELED -> canceled(id, journal);
                case SUCCEEDED -> succeeded(id, journal);
                default -> throw new Violation(id + " is " + journal.state());
            }
        }
        return visited;
    }

    private void canceled(VmMigrationId id, Journal journal) {
        var left = destination.leftovers(id);
        if (!left.isEmpty()) {
            throw new Violation("the cancel of " + id + " left " + left);
        }
        var vm = journal.created().vm().id();
        boolean another = ids.stream().filter(each -> !each.equals(id)).map(each -> new Journal(store.truth(each)))
                .anyMatch(each -> each.created().vm().id().equals(vm));
        if (source.power().isPresent() && !another && source.requireVm(vm).power() != PowerState.ON) {
            throw new Violation("the cancel of " + id + " left its source stopped");
        }
    }

    private void succeeded(VmMigrationId id, Journal journal) {
        if (destination.findVm(id).isEmpty() || destination.findWorkVolume(id).isPresent()) {
            throw new Violation(id + " has succeeded and left " + destination.leftovers(id));
        }
        for (var allocated : journal.facts(VolumeAllocated.class)) {
            if (!destination.findVolume(id, allocated.volume().diskKey()).equals(Optional.of(allocated.volume()))) {
                throw new Violation(id + " has succeeded without " + allocated);
            }
            if (destination.made(id, "volume " + allocated.volume().diskKey()) != 1) {
                throw new Violation(allocated + " of " + id + " was made more than once");
            }
        }
    }

    /// Every call that changes something outside passes here.
    private final class StormyCalls implements Calls {
        @Override
        public <T> T change(String what, Supplier<T> effect) {
            if (!stormy || current == null) {
                return apply(what, effect);
            }
            var caller = current;
            int since = caller.incarnation;
            if (perMille(12)) {
                die();
            }
            if (perMille(12)) {
                throw lost(what);
            }
            if (perMille(40)) {
                var at = now.plusMillis(random.nextInt(20_000));
                late.add(new Late(at, what, () -> apply(what, effect)));
                if (chance(50)) {
                    die();
                }
                throw lost(what);
            }
            if (what.startsWith("delete") && perMille(60)) {
                throw new FaultException(new Fault("DELETE_REFUSED", Blame.DESTINATION, false, what, "no right to", "-"));
            }
            if (perMille(20)) {
                meanwhile(Duration.ofSeconds(15));
                caller.requireAlive(since);
            }
            var result = apply(what, effect);
            if (perMille(20)) {
                meanwhile(Duration.ofSeconds(4));
                caller.requireAlive(since);
            }
            if (perMille(15)) {
                die();
            }
            if (perMille(15)) {
                throw lost(what);
            }
            return result;
        }

        private FaultException lost(String what) {
            return new FaultException(new Fault("CALL_LOST", Blame.DESTINATION, true, what, "no answer", "-"));
        }

        private <T> T apply(String what, Supplier<T> effect) {
            trace(() -> what);
            var words = List.of(what.split(" ", -1));
            if (words.get(0).startsWith("delete") && !pool.running(VmMigrationId.from(words.get(1))).isEmpty()) {
                throw new Violation(what + " while its job runs");
            }
            var result = effect.get();
            if (words.get(0).equals("ensureJob") && pool.running(VmMigrationId.from(words.get(1))).size() > 1) {
                throw new Violation("two jobs of one VM at once: " + pool.running(VmMigrationId.from(words.get(1))));
            }
            return result;
        }
    }

    /// Jobs that take their time to die.
    private final class SlowPool implements WorkerPool {
        @Override
        public JobStatus ensure(VmMigrationId owner, WorkerJob job, int attempt) {
            return pool.ensure(owner, job, attempt);
        }

        @Override
        public JobStatus status(VmMigrationId owner, JobName name) {
            return pool.status(owner, name);
        }

        @Override
        public boolean secrets(VmMigrationId owner, JobName name, Map<String, String> values) {
            return pool.secrets(owner, name, values);
        }

        @Override
        public boolean stop(VmMigrationId owner, JobName name) {
            return !chance(30) && pool.stop(owner, name);
        }

        @Override
        public boolean stopAll(VmMigrationId owner) {
            if (mutant == Mutant.JOBS_NOT_PROVEN_DEAD) {
                return true;
            }
            return !chance(30) && pool.stopAll(owner);
        }

        @Override
        public boolean limit(VmMigrationId owner, JobName name, CopyShare share) {
            return !chance(30) && pool.limit(owner, name, share);
        }

        @Override
        public Optional<JobProgress> heard(VmMigrationId owner, JobName name) {
            return pool.heard(owner, name);
        }

        @Override
        public void onChange(Consumer<VmMigrationId> listener) {
            pool.onChange(listener);
        }
    }

    /// Providers that cannot be reached now and then.
    private final class FlakyProviders implements Providers {
        private final DestinationProvider adopting = (DestinationProvider) Proxy.newProxyInstance(World.class.getClassLoader(),
                new Class<?>[]{DestinationProvider.class}, (_, method, arguments) -> {
                    if (method.getName().equals("ensureVolume")) {
                        var request = (DestinationProvider.VolumeRequest) arguments[1];
                        for (var each : ids) {
                            var other = destination.findVolume(each, request.diskKey());
                            if (other.isPresent() && other.get().sizeBytes() >= request.sizeBytes()) {
                                return other.get();
                            }
                        }
                    }
                    try {
                        return method.invoke(destination, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });

        @Override
        public Map<String, String> guestKeys(PlanId plan, String vm) {
            return Map.of();
        }

        @Override
        public SourceProvider source(String id) {
            reach(id);
            return source;
        }

        @Override
        public DestinationProvider destination(String id) {
            reach(id);
            return mutant == Mutant.ADOPTION_WITHOUT_ID_CHECK ? adopting : destination;
        }

        private void reach(String id) {
            if (perMille(8)) {
                throw new FaultException(new Fault("UNREACHABLE", Blame.DESTINATION, true, "provider " + id, "connection refused", "-"));
            }
        }
    }

    /// Removes the first volume only.
    private record Forgetful(Stage stage) implements Stage {
        @Override
        public String name() {
            return stage.name();
        }

        @Override
        public PipelineStep pipelineStep() {
            return stage.pipelineStep();
        }

        @Override
        public Outcome execute(StageContext context) {
            return stage.execute(context);
        }

        @Override
        public Outcome compensate(StageContext context) {
            context.destination().deleteVolume(context.id(), "disk-0");
            context.destination().deleteWorkVolume(context.id(), Logs.DELETE);
            return new Outcome.Completed();
        }
    }

    /// A replica's connection to the store.
    private final class Client implements MigrationStore {
        private final Replica replica;
        private final int since;

        Client(Replica replica) {
            this.replica = replica;
            this.since = replica.incarnation;
        }

        @Override
        public Instant now() {
            return store.now();
        }

        @Override
        public void create(MigrationRow migration, List<NewVmMigration> vms) {
            store.create(migration, vms);
        }

        @Override
        public List<Lease> claimDue(String owner, int limit, Duration leaseTime) {
            var leases = store.claimDue(owner, limit, leaseTime);
            leases.forEach(invariants::leased);
            if (perMille(5)) {
                die();
            }
            return leases;
        }

        @Override
        public Appended append(Lease lease, Append append) {
            if (perMille(8)) {
                die();
            }
            if (perMille(8)) {
                throw new FaultException(EngineFault.STORE_UNAVAILABLE, "append", "connection lost before it");
            }
            if (perMille(20)) {
                meanwhile(Duration.ofSeconds(150));
            }
            replica.requireAlive(since);
            var appended = store.append(lease, append);
            if (appended == Appended.WRITTEN) {
                invariants.written(lease, append, append.take().isEmpty() ? List.of() : store.slots());
                append.entries().forEach(
                        entry -> trace(
                                () -> replica.node + " " + lease.id() + " #" + entry.seq() + " e" + entry.epoch() + " " + entry.kind()
                                        + " " + entry.step() + " " + entry.payload().getClass().getSimpleName()));
            } else {
                trace(() -> replica.node + " " + lease.id() + " " + appended);
            }
            if (perMille(8)) {
                die();
            }
            if (perMille(8)) {
                throw new FaultException(EngineFault.STORE_UNAVAILABLE, "append", "connection lost behind it");
            }
            return appended;
        }

        @Override
        public void command(VmMigrationId id, Command command) {
            store.command(id, command);
        }

        @Override
        public List<InboxCommand> inbox(VmMigrationId id) {
            return store.inbox(id);
        }

        @Override
        public List<JournalEntry> journal(VmMigrationId id) {
            return store.journal(id);
        }

        @Override
        public void wake(VmMigrationId id) {
            store.wake(id);
        }

        @Override
        public Optional<VmMigrationRow> findVm(VmMigrationId id) {
            return store.findVm(id);
        }

        @Override
        public List<VmMigrationRow> listVms(MigrationId id) {
            return store.listVms(id);
        }

        @Override
        public Optional<MigrationRow> find(MigrationId id) {
            return store.find(id);
        }

        @Override
        public List<MigrationRow> list(@Nullable MigrationId before, int limit) {
            return store.list(before, limit);
        }

        @Override
        public long lastEvent() {
            return store.lastEvent();
        }

        @Override
        public List<JournalEvent> events(long after, @Nullable MigrationId migration, int limit) {
            return store.events(after, migration, limit);
        }

        @Override
        public List<VmCount> countVms() {
            return store.countVms();
        }

        @Override
        public List<VmMigrationRow> listUnended() {
            return store.listUnended();
        }

        @Override
        public List<SlotUse> slots() {
            return store.slots();
        }

        @Override
        public void rebuildProjections() {
            store.rebuildProjections();
        }
    }
}
