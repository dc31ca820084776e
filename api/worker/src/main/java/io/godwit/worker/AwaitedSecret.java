package io.godwit.worker;

import io.godwit.model.fault.FaultException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A secret that the control plane is yet to send: a worker that begins has none.
final class AwaitedSecret {
    private AwaitedSecret() {}

    /// @throws FaultException `JOB_SECRET_MISSING` when it was not sent in time
    static String of(JobRun run, String name, Duration limit) {
        var sent = new Semaphore(0);
        run.onSecrets(sent::release);
        var deadline = System.nanoTime() + limit.toNanos();
        try {
            while (true) {
                var value = run.secret(name);
                if (value.isPresent()) {
                    return value.get();
                }
                if (!sent.tryAcquire(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    throw new FaultException(WorkerFault.JOB_SECRET_MISSING, "the job could not go on",
                            "the secret " + name + " was not sent within " + limit.toSeconds() + " s");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(WorkerFault.JOB_CANCELED, "the job was stopped", "it was canceled while it waited for a secret");
        }
    }
}
