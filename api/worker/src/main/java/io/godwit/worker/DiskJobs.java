package io.godwit.worker;

import io.godwit.convert.BootCheck;
import io.godwit.convert.ConverterSettings;
import io.godwit.convert.ConverterTools;
import io.godwit.convert.GuestConverter;
import io.godwit.convert.GuestConverterFactory;
import io.godwit.export.Exports;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Supervisor;
import io.godwit.transfer.CopySettings;
import io.godwit.transfer.DiskCopier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/// The real work: inspection, conversion, copy, boot check, and digests beside them.
final class DiskJobs implements JobRunner {
    /// Bytes per second that a copy on this machine may read from its source at most, whatever it is told; 0 = no limit.
    private static final String MACHINE_LIMIT = "godwit.copy.limit.bytes";

    /// How long the control plane may take to send what a job needs; it sends it every few seconds.
    private static final Duration SECRETS_LIMIT = Duration.ofMinutes(3);

    private final Map<String, String> settings;

    /// @param settings of this machine, by the names that their modules document (`godwit.converter...`)
    DiskJobs(Map<String, String> settings) {
        this.settings = Map.copyOf(settings);
    }

    @Override
    public JobResult run(WorkerJob job, JobRun run) {
        return with(job, run, tools -> switch (job) {
            case WorkerJob.Inspect inspect -> converter(tools, run).inspect(inspect, steps(run));
            case WorkerJob.Convert convert -> converter(tools, run).convert(convert, steps(run));
            case WorkerJob.CheckBoot boot -> bootCheck(tools, run).check(boot, steps(run));
            case WorkerJob.Copy copy -> copier(tools, run, copy.options()).copy(copy, run::progress);
            case WorkerJob.Commit commit -> new JobResult.Committed(
                    copier(tools, run, commit.options()).copy(topLayers(commit), run::progress).disks());
        });
    }

    @Override
    public SideResult run(SideTask task, WorkerJob job, JobRun run) {
        run.interruptOnStop();
        return switch (task) {
            case SideTask.CheckDigests digests -> with(job, run, tools -> new DigestCheck(tools.exports(), run).check(digests));
        };
    }

    private <T> T with(WorkerJob job, JobRun run, Function<ConverterTools, T> work) {
        var workVolume = Path.of(job.workVolume());
        try (var supervisor = new Supervisor(workVolume.resolve("tmp"));
                var exports = new Exports(supervisor, run.runtimeFolder(), workVolume, name -> run.secret(name).orElse(null))) {
            run.onSecrets(exports::renewSecrets);
            return work.apply(new ConverterTools(supervisor, exports, run.runtimeFolder(), ConverterSettings.of(settings),
                    name -> AwaitedSecret.of(run, name, SECRETS_LIMIT)));
        }
    }

    private static GuestConverter converter(ConverterTools tools, JobRun run) {
        run.interruptOnStop();
        return GuestConverterFactory.named(tools.settings().converter()).open(tools);
    }

    private static BootCheck bootCheck(ConverterTools tools, JobRun run) {
        run.interruptOnStop();
        return new BootCheck(tools);
    }

    private static WorkerJob.Copy topLayers(WorkerJob.Commit commit) {
        var disks = commit.disks().stream().map(disk -> disk.scope(new CopyScope.TopLayer())).toList();
        return new WorkerJob.Copy(commit.name(), commit.workVolume(), commit.sideTasks(), disks, commit.options());
    }

    private DiskCopier copier(ConverterTools tools, JobRun run, CopyOptions options) {
        var copier = new DiskCopier(tools.exports(), CopySettings.DEFAULT);
        var share = options.share();
        copier.limits().machine(machineLimit());
        if (share != null) {
            copier.limits().set(share);
        }
        run.onStop(copier::stop);
        run.onLimits(latest -> copier.limits().set(latest.share()));
        return copier;
    }

    private long machineLimit() {
        var text = settings.getOrDefault(MACHINE_LIMIT, "0");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new FaultException(WorkerFault.WORKER_SETTING_INVALID, "the setting " + MACHINE_LIMIT + " is '" + text + "'", e);
        }
    }

    private static Consumer<Phase> steps(JobRun run) {
        var phases = new ArrayList<Phase>();
        return phase -> {
            synchronized (phases) {
                phases.add(phase);
                run.progress(new JobProgress(List.copyOf(phases), List.of()));
            }
        };
    }
}
