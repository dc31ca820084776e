package io.godwit.protocol;

import java.time.Instant;

/// The process that works, or worked, on a job; for people and for [JobProcesses] to be compared with, never a proof of life.
///
/// @param started as the kernel knows it, [Instant#EPOCH] where it does not
public record WorkerProcess(long pid, Instant started) {
    public static WorkerProcess current() {
        var self = ProcessHandle.current();
        return new WorkerProcess(self.pid(), self.info().startInstant().orElse(Instant.EPOCH));
    }
}
