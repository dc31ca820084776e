package io.godwit.engine.limit;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.limit.Division.InForce;
import io.godwit.engine.limit.Division.Part;
import io.godwit.engine.stage.Providers;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.WorkerPool;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Keeps the copies of this node within the limits. Whoever is to take less is told first; what that sets free is given away when the worker has heard it.
/// So the sum never passes a limit, not even while it moves. A worker that cannot be told keeps what it holds, and nobody else gets that. It has no
/// thread of its own: somebody calls [#pass()], about twice a second while it says so. Thread-safe.
public final class CopyLimiter implements CopyAdmission, CopyLimits {
    private static final Logger LOG = System.getLogger(CopyLimiter.class.getName());
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
    private static final Duration SILENT = Duration.ofSeconds(5);
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);
    private static final double WORTH_TELLING = 0.002;

    /// Its surroundings.
    ///
    /// @param running the copies of this node that its journals tell of, asked for once, before anything else
    /// @param tell runs what talks to one worker, best beside the others
    /// @param again asks for a pass soon
    public record Surroundings(CatalogStore catalog, Providers providers, GrantLedger ledger, String node, InstantSource clock,
            Supplier<List<CopyJob>> running, Executor tell, Runnable again) {}

    private static final class Copy {
        final CopyJob job;
        final Demand demand = new Demand();
        volatile @Nullable WorkerPool workers;
        @Nullable
        CopyShare told; // null = unknown: everything, and when it cannot be asked for a while, what is due to it
        @Nullable
        CopyShare telling;
        Rates held = Rates.UNLIMITED;
        Part part = new Part(Rates.UNLIMITED, Rates.UNLIMITED, null, null);
        List<String> limits = List.of();
        boolean asking;
        Instant tryAt = Instant.MIN;
        Instant lookAt = Instant.MIN;
        Instant startsUntil;
        @Nullable
        Instant silentSince;
        boolean reported;

        Copy(CopyJob job, Instant startsUntil) {
            this.job = job;
            this.startsUntil = startsUntil;
        }

        boolean silent(Instant now) {
            var since = silentSince;
            return since != null && !now.isBefore(since.plus(SILENT)) && !now.isBefore(startsUntil);
        }
    }

    private final Surroundings around;
    private final Map<VmMigrationId, Copy> copies = new LinkedHashMap<>();
    private boolean begun;
    private boolean granted = true; // the ledger may hold something of ours, if only of the last server's

    public CopyLimiter(Surroundings around) {
        this.around = around;
    }

    @Override
    public synchronized @Nullable CopyShare admit(CopyJob job) {
        begin();
        var limits = inForce();
        var copy = new Copy(job, now().plus(START));
        copies.put(job.vmMigration(), copy);
        if (Division.holding(limits, job).isEmpty()) {
            copy.told = CopyShare.UNLIMITED;
            around.again().run();
            return null;
        }
        copy.held = Rates.NOTHING;
        try {
            settle(limits);
        } catch (FaultException e) { // then it does not start
            copies.remove(job.vmMigration());
            throw e;
        }
        var first = Division.share(copy.part.now(), limits, job);
        copy.held = copy.part.now();
        copy.told = first;
        around.again().run();
        return first;
    }

    @Override
    public synchronized void running(CopyJob job) {
        begin();
        var known = copies.get(job.vmMigration());
        if (known == null || !known.job.name().equals(job.name())) {
            copies.put(job.vmMigration(), new Copy(job, Instant.MIN));
            around.again().run();
        }
    }

    @Override
    public synchronized void mayHaveEnded(VmMigrationId id) {
        var copy = copies.get(id);
        if (copy != null) {
            copy.startsUntil = Instant.MIN;
            copy.lookAt = Instant.MIN;
            around.again().run();
        }
    }

    private void begin() {
        if (!begun) {
            around.running().get().forEach(job -> copies.put(job.vmMigration(), new Copy(job, Instant.MIN)));
            begun = true;
        }
    }

    @Override
    public void changed() {
        around.again().run();
    }

    @Override
    public synchronized Optional<UnderLimits> of(VmMigrationId id) {
        var copy = copies.get(id);
        return copy == null || copy.limits.isEmpty() || copy.told == null
                ? Optional.empty()
                : Optional.of(new UnderLimits(copy.told, copy.limits, copy.part.bytesBoundBy(), copy.part.requestsBoundBy()));
    }

    /// Looks at all that has changed, and tells the workers whose share has.
    ///
    /// @return whether there is anything to look at again, about half a second later
    public synchronized boolean pass() {
        begin();
        if (copies.isEmpty() && !granted) {
            return false;
        }
        List.copyOf(copies.values()).forEach(this::hear);
        var limits = inForce();
        if (!limits.isEmpty() || granted || copies.values().stream().anyMatch(CopyLimiter::keepsToSomething)) {
            settle(limits);
            copies.values().forEach(copy -> tell(copy, limits));
        }
        return !copies.isEmpty();
    }

    private static boolean keepsToSomething(Copy copy) {
        return copy.told != null && !copy.told.equals(CopyShare.UNLIMITED);
    }

    private Instant now() {
        return around.clock().instant();
    }

    private List<InForce> inForce() {
        return InForce.of(around.catalog().listLimits(), now());
    }

    private WorkerPool workers(Copy copy) {
        var known = copy.workers;
        if (known == null) {
            known = around.providers().destination(copy.job.destination()).workers();
            copy.workers = known;
        }
        return known;
    }

    private void hear(Copy copy) {
        var workers = copy.workers;
        var progress = workers == null ? Optional.<JobProgress>empty() : workers.heard(copy.job.vmMigration(), copy.job.name());
        if (progress.isPresent()) {
            copy.startsUntil = Instant.MIN;
            copy.lookAt = Instant.MIN; // at once when nothing is heard any more
            heard(copy, progress.get());
        } else if (!copy.asking) {
            boolean starts = now().isBefore(copy.startsUntil);
            if (workers == null || (!starts && !now().isBefore(copy.lookAt))) {
                copy.asking = true;
                around.tell().execute(() -> look(copy, starts));
            }
        }
    }

    private static void heard(Copy copy, JobProgress progress) {
        var load = progress.load();
        if (load == null) {
            return;
        }
        if (copy.told == null && copy.telling == null) {
            copy.told = load.share();
            copy.held = rates(load.share());
        }
        copy.demand.sample(load, copy.part.bytesBoundBy() != null || below(copy.part, Rates.Resource.BYTES),
                copy.part.requestsBoundBy() != null || below(copy.part, Rates.Resource.REQUESTS));
    }

    private static boolean below(Part part, Rates.Resource resource) {
        return part.now().of(resource) < part.fair().of(resource);
    }

    private static Rates rates(CopyShare share) {
        return new Rates(share.bytesPerSecond(), share.requestsPerSecond());
    }

    /// Whether it still runs, which it does not say by itself.
    ///
    /// @param starts there may be no worker yet
    private void look(Copy copy, boolean starts) {
        boolean ended = false;
        Optional<JobProgress> progress = Optional.empty();
        try {
            var workers = workers(copy);
            if (!starts) {
                var status = workers.status(copy.job.vmMigration(), copy.job.name());
                ended = !(status instanceof JobStatus.Running);
                progress = Optional.of(status.progress());
            }
        } catch (RuntimeException e) { // whatever it is, it is asked again
            LOG.log(Level.DEBUG, () -> "whether " + copy.job.name() + " still runs is not known", e);
        }
        synchronized (this) {
            copy.asking = false;
            copy.lookAt = now().plus(LOOK_AGAIN);
            if (ended) {
                copies.remove(copy.job.vmMigration(), copy);
                around.again().run();
            } else {
                progress.ifPresent(last -> heard(copy, last));
            }
        }
    }

    private void settle(List<InForce> limits) {
        var own = List.copyOf(copies.values());
        var parts = new ArrayList<Part>();
        around.ledger().settle(around.node(), others -> {
            var all = new ArrayList<CopyGrant>();
            own.forEach(copy -> all.add(grant(copy, copy.held)));
            others.stream().filter(other -> !copies.containsKey(other.job().vmMigration())).forEach(all::add);
            parts.clear(); // a store may ask twice
            parts.addAll(Division.of(limits, all).subList(0, own.size()));
            return limits.isEmpty()
                    ? List.of()
                    : IntStream.range(0, own.size()).mapToObj(i -> grant(own.get(i), most(own.get(i), parts.get(i)))).toList();
        });
        for (int i = 0; i < own.size(); i++) {
            var copy = own.get(i);
            copy.part = parts.get(i);
            copy.held = copy.told == null && copy.silent(now()) ? copy.part.fair() : most(copy, copy.part);
            copy.limits = Division.holding(limits, copy.job).stream().map(InForce::name).toList();
        }
        granted = !own.isEmpty() && !limits.isEmpty();
    }

    private CopyGrant grant(Copy copy, Rates held) {
        return new CopyGrant(copy.job, copy.demand.rates(), held, copy.told != null && copy.silent(now()));
    }

    private static Rates most(Copy copy, Part part) {
        return copy.held.combine(part.now(), Math::max);
    }

    private void tell(Copy copy, List<InForce> limits) {
        var share = Division.share(copy.part.now(), limits, copy.job);
        boolean due = copy.silentSince != null || worthTelling(copy.told, share);
        if (copy.telling != null || now().isBefore(copy.tryAt) || !due) {
            return;
        }
        copy.telling = share;
        around.tell().execute(() -> told(copy, share));
    }

    private static boolean worthTelling(@Nullable CopyShare told, CopyShare share) {
        if (told == null) { // it will say itself what it keeps to, unless that is urgent
            return !share.equals(CopyShare.UNLIMITED);
        }
        if (told.longestReadMillis() != share.longestReadMillis() || !told.disks().equals(share.disks())) {
            return true;
        }
        return worthTelling(rates(told), rates(share), Rates.Resource.BYTES)
                || worthTelling(rates(told), rates(share), Rates.Resource.REQUESTS);
    }

    /// Every step down, and up what is more than rounding.
    private static boolean worthTelling(Rates told, Rates share, Rates.Resource resource) {
        double before = told.of(resource);
        double after = share.of(resource);
        return after < before || (after > before * (1 + WORTH_TELLING));
    }

    private void told(Copy copy, CopyShare share) {
        boolean heard = false;
        try {
            heard = workers(copy).limit(copy.job.vmMigration(), copy.job.name(), share);
        } catch (RuntimeException e) { // whatever it is, it is told again
            LOG.log(Level.DEBUG, () -> "copy " + copy.job.name() + " cannot be told its limits", e);
        }
        synchronized (this) {
            copy.telling = null;
            if (heard) {
                hasHeard(copy, share);
            } else {
                hasNotHeard(copy, share);
            }
        }
    }

    private void hasHeard(Copy copy, CopyShare share) {
        if (copy.reported) {
            LOG.log(Level.INFO, "copy {0} has heard its limits again", copy.job.name());
        }
        boolean free = rates(share).combine(copy.held, Math::min).equals(rates(share)) && !rates(share).equals(copy.held);
        copy.told = share;
        copy.held = rates(share);
        copy.silentSince = null;
        copy.reported = false;
        if (free) {
            around.again().run();
        }
    }

    private void hasNotHeard(Copy copy, CopyShare share) {
        var now = now();
        copy.tryAt = now.plus(TRY_AGAIN);
        copy.silentSince = copy.silentSince == null ? now : copy.silentSince;
        if (copy.silent(now) && !copy.reported && copies.containsValue(copy)) {
            copy.reported = true;
            LOG.log(Level.WARNING, "copy {0} cannot be told to take {1} bytes per second; it goes on with {2}, and is told again",
                    copy.job.name(),
                    share.bytesPerSecond(), copy.told == null ? "what it was told before" : copy.told.bytesPerSecond());
        }
    }
}
