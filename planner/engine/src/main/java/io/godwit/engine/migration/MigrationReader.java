package io.godwit.engine.migration;

import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.engine.migration.VmMigrationView.PipelineView;
import io.godwit.engine.migration.VmMigrationView.StageView;
import io.godwit.engine.migration.VmMigrationView.StepPhase;
import io.godwit.engine.stage.EngineSettings;
import io.godwit.engine.stage.PipelineStep;
import io.godwit.engine.stage.Providers;
import io.godwit.engine.stage.Push;
import io.godwit.engine.stage.StageContext;
import io.godwit.engine.stage.StageFact.BootChecked;
import io.godwit.engine.stage.StageFact.DisksCopied;
import io.godwit.engine.stage.StageFact.DisksVerified;
import io.godwit.engine.stage.StageFact.Ended;
import io.godwit.engine.stage.StageFact.GuestConverted;
import io.godwit.engine.stage.StageFact.GuestInspected;
import io.godwit.engine.stage.StageFact.JobStarted;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.TargetChosen;
import io.godwit.engine.stage.StageFact.VmCreated;
import io.godwit.engine.stage.StageFact.VolumeAllocated;
import io.godwit.engine.stage.StageFact.Warned;
import io.godwit.engine.stage.StageFact.WorkVolumeMade;
import io.godwit.engine.stage.Stages;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.SpiFault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes of a journal what people see.
public final class MigrationReader {
    private final MigrationStore store;
    private final Providers providers;
    private final Stages stages;
    private final EngineSettings settings;

    public MigrationReader(MigrationStore store, Providers providers, Stages stages, EngineSettings settings) {
        this.store = store;
        this.providers = providers;
        this.stages = stages;
        this.settings = settings;
    }

    VmMigrationView view(VmMigrationRow row, boolean withProgress) {
        var journal = new Journal(store.journal(row.id()));
        var phase = journal.state().phase();
        var order = journal.created();
        Instant ended = phase.active() ? null : journal.entries().getLast().at();
        var conversion = journal.fact(GuestConverted.class).map(GuestConverted::conversion);
        return new VmMigrationView(row.id(), row.migration(), row.vmId(), row.vmName(),
                journal.fact(TargetChosen.class).map(TargetChosen::name).orElse(null), phase, journal.status(null).stage(),
                phase.active() ? row.status().waitingFor() : null, started(journal), ended, journal.fault().orElse(null),
                pipeline(row, journal, withProgress), journal.fact(DisksCopied.class).map(DisksCopied::disks).orElse(List.of()),
                journal.fact(GuestInspected.class).map(GuestInspected::guest).orElse(null),
                conversion.map(each -> each.report()).orElse(null), journal.fact(BootChecked.class).map(BootChecked::boot).orElse(null),
                journal.fact(VmCreated.class).map(VmCreated::vm).orElse(null),
                journal.fact(WorkVolumeMade.class).map(each -> each.work().path()).orElse(null), order.plan().destinationProvider(),
                journal.fact(Ended.class).map(Ended::kept).orElse(List.of()),
                journal.facts(Warned.class).stream().map(Warned::text).distinct().toList());
    }

    Recheck recheck(VmMigrationRow row) {
        var journal = new Journal(store.journal(row.id()));
        var plan = journal.created().plan();
        var destination = providers.destination(plan.destinationProvider());
        var gone = new ArrayList<String>();
        var made = journal.fact(VmCreated.class).map(VmCreated::vm);
        if (made.isEmpty()) {
            gone.add("VM " + row.vmName() + " was not made yet");
        } else if (destination.findVm(row.id()).isEmpty()) {
            gone.add("the definition " + made.get().definition() + " is gone, or is not ours any more");
        }
        for (var allocated : journal.facts(VolumeAllocated.class)) {
            var volume = allocated.volume();
            var there = destination.findVolume(row.id(), volume.diskKey());
            if (there.isEmpty()) {
                gone.add("volume " + volume.ref() + " is gone, or another file lies in its place");
            } else if (!there.get().identity().equals(volume.identity()) || there.get().sizeBytes() != volume.sizeBytes()) {
                gone.add("volume " + volume.ref() + " is not the one that was made: it has " + there.get().sizeBytes() + " bytes of "
                        + volume.sizeBytes());
            }
        }
        try {
            return new Recheck(true, sourceChange(plan.sourceProvider(), row, journal), List.copyOf(gone));
        } catch (FaultException e) {
            return new Recheck(e.fault().is(SpiFault.VM_NOT_FOUND), e.fault().what() + ": " + e.fault().why(), List.copyOf(gone));
        }
    }

    private @Nullable String sourceChange(String provider, VmMigrationRow row, Journal journal) {
        var now = providers.source(provider).requireVm(row.vmId()).identity();
        var then = journal.fact(SourceRead.class).map(read -> read.vm().identity());
        return then.isEmpty() || then.get().equals(now) ? null : "VM " + row.vmName() + " of the source was changed since it was read";
    }

    /// What the job of the step under way told last; empty where none runs on this node.
    Optional<RunningJob> heard(VmMigrationRow row) {
        var journal = new Journal(store.journal(row.id()));
        return journal.open().flatMap(step -> journal.facts(step, JobStarted.class).stream().reduce((_, last) -> last)
                .flatMap(started -> heard(journal, row, started.job()))
                .map(progress -> new RunningJob(row.migration(), row.id(), row.vmName(), step.stage(), progress)));
    }

    private Optional<JobProgress> heard(Journal journal, VmMigrationRow row, JobName job) {
        try {
            return providers.destination(journal.created().plan().destinationProvider()).workers().heard(row.id(), job);
        } catch (FaultException e) { // another node's, or out of reach
            return Optional.empty();
        }
    }

    private static @Nullable Instant started(Journal journal) {
        return journal.entries().stream().filter(entry -> !entry.step().equals(StepPath.NONE)).map(entry -> entry.at()).findFirst()
                .orElse(null);
    }

    private List<PipelineView> pipeline(VmMigrationRow row, Journal journal, boolean withProgress) {
        var views = new ArrayList<PipelineView>();
        var names = journal.created().itinerary().stages().distinct().filter(stages.names()::contains).toList();
        for (var step : PipelineStep.values()) {
            var own = names.stream().filter(name -> stages.require(name).pipelineStep() == step).toList();
            if (!own.isEmpty()) {
                var each = own.stream().map(name -> stage(journal, name)).toList();
                var phase = phase(each);
                views.add(new PipelineView(step, phase,
                        each.stream().map(StageView::started).filter(Objects::nonNull).findFirst().orElse(null),
                        phase == StepPhase.COMPLETED ? each.getLast().completed() : null, each, progress(row, journal, own, withProgress)));
            }
        }
        return views;
    }

    private static StageView stage(Journal journal, String name) {
        var step = journal.lastStep(name);
        if (step.isEmpty()) {
            return new StageView(name, StepPhase.PENDING, null, null, 0);
        }
        var path = step.get();
        boolean done = journal.completed(path);
        boolean failed = !done && !journal.state().phase().active() && path.equals(journal.faultStep().orElse(StepPath.NONE));
        var phase = done ? StepPhase.COMPLETED : failed ? StepPhase.FAILED : StepPhase.RUNNING;
        return new StageView(name, phase, journal.started(path).orElse(null), done ? journal.ended(path).orElse(null) : null,
                journal.attempts(path));
    }

    private static StepPhase phase(List<StageView> stages) {
        if (stages.stream().allMatch(stage -> stage.phase() == StepPhase.COMPLETED)) {
            return StepPhase.COMPLETED;
        }
        if (stages.stream().anyMatch(stage -> stage.phase() == StepPhase.FAILED)) {
            return StepPhase.FAILED;
        }
        return stages.stream().allMatch(stage -> stage.phase() == StepPhase.PENDING) ? StepPhase.PENDING : StepPhase.RUNNING;
    }

    private JobProgress progress(VmMigrationRow row, Journal journal, List<String> own, boolean withProgress) {
        var current = journal.open().or(journal::faultStep).filter(path -> own.contains(path.stage()));
        if (withProgress && current.isPresent() && !journal.state().phase().ended()) {
            try {
                var progress = stages.require(current.get().stage()).progress(context(row, current.get(), journal.attempts(current.get())));
                if (!progress.equals(JobProgress.NONE)) {
                    return progress;
                }
            } catch (FaultException e) {
                return JobProgress.NONE; // not reachable just now: a view is no place to fail
            }
        }
        return own.contains("CopyDisks") ? copied(journal) : JobProgress.NONE;
    }

    private StageContext context(VmMigrationRow row, StepPath step, int attempt) {
        return new StageContext(Push.reading(store, row.id()), providers, settings, step, attempt);
    }

    private static JobProgress copied(Journal journal) {
        var disks = journal.fact(DisksCopied.class).map(DisksCopied::disks).orElse(List.of());
        boolean verified = journal.fact(DisksVerified.class).isPresent();
        return new JobProgress(List.of(), disks.stream().map(disk -> new DiskProgress(disk.key(), disk.sizeBytes(), disk.sizeBytes(),
                disk.dataBytes(), verified || disk.verified() ? disk.sizeBytes() : 0, 0)).toList());
    }
}
