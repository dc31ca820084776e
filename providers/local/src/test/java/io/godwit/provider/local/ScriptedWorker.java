package io.godwit.provider.local;

import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import io.godwit.provider.SpiFault;
import io.godwit.worker.JobRun;
import io.godwit.worker.JobRunner;
import io.godwit.worker.WorkerMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// A real worker process whose job is a script, named by the inspection's root device: it writes down its start in the work volume, starts
/// a child as tools are started, and then ends well, ends badly, or goes on until it is stopped, politely or not.
public final class ScriptedWorker implements JobRunner {
    static final String STARTS = "starts";

    private ScriptedWorker() {}

    public static void main(String[] arguments) {
        WorkerMain.serve(Path.of(arguments[0]), new ScriptedWorker());
    }

    @Override
    public JobResult run(WorkerJob job, JobRun run) {
        run.interruptOnStop();
        var work = Path.of(job.workVolume());
        try (var programs = new Supervisor(run.runtimeFolder().resolve("tmp"))) {
            Files.writeString(work.resolve(STARTS), ProcessHandle.current().pid() + "\n", StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            run.progress(new JobProgress(List.of(new Phase("started", Instant.EPOCH)), List.of()));
            var script = job instanceof WorkerJob.Inspect inspect ? String.valueOf(inspect.rootDevice()) : "end";
            if (script.equals("fail")) {
                throw new FaultException(SpiFault.SOURCE_CHANGED, "job " + job.name() + " failed", "its script says so");
            }
            run.onLimits(_ -> {
            });
            if (script.equals("endless") || script.equals("stubborn")) {
                // the tool leaves a process in a session of its own, without the mark of its supervisor, as qemu-nbd --fork is left
                var child = programs
                        .start(Command.of("sh", "-c",
                                "setsid env -u GODWIT_CHILD sleep 1000 >/dev/null 2>&1 & echo $! > \"$0\"; exec sleep 1000",
                                work.resolve("left").toString()));
                Files.writeString(work.resolve("child"), Long.toString(child.pid()));
                wait(script.equals("stubborn"));
            }
            return new JobResult.Inspected(new GuestReport(List.of(), List.of(), List.of()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void wait(boolean stubborn) {
        while (true) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                if (!stubborn) {
                    throw new IllegalStateException("stopped", e);
                }
            }
        }
    }

    @Override
    public SideResult run(SideTask task, WorkerJob job, JobRun run) {
        return new SideResult(task.name(), 0);
    }
}
