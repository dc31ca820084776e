package io.godwit.worker;

import io.godwit.model.disk.JobProgress;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.Control;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// What a job sees of the worker that runs it.
public interface JobRun {
    VmMigrationId owner();

    /// A folder of this job alone with a path short enough for sockets; gone with the worker.
    Path runtimeFolder();

    /// Shows how far the job is; may be called as often as one likes.
    void progress(JobProgress progress);

    /// Whether the job is to stop.
    boolean stopRequested();

    /// Calls back, once, when the job is to stop; at once if that is so already.
    void onStop(Runnable callback);

    /// Interrupts the calling thread when the job is to stop.
    default void interruptOnStop() {
        onStop(Thread.currentThread()::interrupt);
    }

    /// A secret that the control plane sent; jobs that need one they were not given wait or fail by themselves.
    Optional<String> secret(String name);

    /// Calls back whenever secrets were sent.
    void onSecrets(Runnable callback);

    /// Calls back with what the job may take from its source whenever that changes, and now if it was told already.
    void onLimits(Consumer<Control.Limits> callback);
}
