package io.godwit.engine.limit;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.SourceLoad;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Fault;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.SpiFault;
import io.godwit.provider.WorkerPool;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Copies that flow: each as fast as its source is, and its share lets it. They tell their load twice a second, not all at the same time.
final class FluidPool implements WorkerPool {
    static final Duration TICK = Duration.ofMillis(50);
    static final double REQUEST = 256 << 10;
    private static final int TELL_EVERY = 10; // ticks

    static final class Flow {
        final CopyJob job;
        final DoubleUnaryOperator speed;
        final int offset;
        CopyShare share;
        double bytes;
        double heldByBytes;
        double heldByRequests;
        double rate;
        boolean reachable = true;
        @Nullable
        SourceLoad told;

        Flow(CopyJob job, DoubleUnaryOperator speed, CopyShare share, int offset) {
            this.job = job;
            this.speed = speed;
            this.share = share;
            this.offset = offset;
        }

        private double allowedByRequests() {
            return share.requestsPerSecond() == 0 ? Double.POSITIVE_INFINITY : share.requestsPerSecond() * REQUEST;
        }

        private double allowedByBytes() {
            return share.bytesPerSecond() == 0 ? Double.POSITIVE_INFINITY : share.bytesPerSecond();
        }
    }

    final Map<VmMigrationId, Flow> flows = new LinkedHashMap<>();
    int told;
    boolean silent;
    boolean broken;
    private int ticks;
    private Instant now;

    FluidPool(Instant now) {
        this.now = now;
    }

    Flow start(CopyJob job, DoubleUnaryOperator speed, @Nullable CopyShare first) {
        var flow = new Flow(job, speed, first == null ? CopyShare.UNLIMITED : first, flows.size() % TELL_EVERY);
        flows.put(job.vmMigration(), flow);
        return flow;
    }

    void tick() {
        double seconds = TICK.toMillis() / 1000.0;
        now = now.plus(TICK);
        ticks++;
        for (var flow : flows.values()) {
            double wish = flow.speed.applyAsDouble(ticks * seconds);
            flow.rate = Math.min(wish, Math.min(flow.allowedByBytes(), flow.allowedByRequests()));
            flow.bytes += flow.rate * seconds;
            if (flow.rate < wish) {
                if (flow.allowedByBytes() <= flow.allowedByRequests()) {
                    flow.heldByBytes += TICK.toMillis();
                } else {
                    flow.heldByRequests += TICK.toMillis();
                }
            }
            if ((ticks + flow.offset) % TELL_EVERY == 0) {
                flow.told = new SourceLoad(now, (long) flow.bytes, (long) (flow.bytes / REQUEST), (long) flow.heldByBytes,
                        (long) flow.heldByRequests, flow.share);
            }
        }
    }

    /// Of those that the filter lets through, now.
    double rate(Stream<Flow> some) {
        return some.mapToDouble(flow -> flow.rate).sum();
    }

    @Override
    public boolean secrets(VmMigrationId owner, JobName name, Map<String, String> values) {
        return false;
    }

    @Override
    public boolean limit(VmMigrationId owner, JobName name, CopyShare share) {
        if (broken) {
            throw new IllegalStateException("planted");
        }
        var flow = flows.get(owner);
        if (flow == null || !flow.reachable) {
            return false;
        }
        told++;
        flow.share = share;
        return true;
    }

    @Override
    public Optional<JobProgress> heard(VmMigrationId owner, JobName name) {
        return Optional.ofNullable(flows.get(owner)).filter(flow -> flow.told != null && !(silent && !flow.reachable))
                .map(flow -> new JobProgress(JobProgress.NONE.phases(), JobProgress.NONE.disks(), flow.told));
    }

    @Override
    public JobStatus status(VmMigrationId owner, JobName name) {
        return flows.containsKey(owner)
                ? new JobStatus.Running(name, heard(owner, name).orElse(JobProgress.NONE))
                : new JobStatus.Broken(name, JobProgress.NONE, Fault.of(SpiFault.WORKER_LOST, "job " + name, "it has ended"));
    }

    @Override
    public JobStatus ensure(VmMigrationId owner, WorkerJob job, int attempt) {
        throw new UnsupportedOperationException("jobs are started by the test");
    }

    @Override
    public boolean stop(VmMigrationId owner, JobName name) {
        return flows.remove(owner) != null;
    }

    @Override
    public boolean stopAll(VmMigrationId owner) {
        return flows.remove(owner) != null;
    }

    @Override
    public void onChange(Consumer<VmMigrationId> listener) {}
}
