package io.godwit.transfer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A few platform threads that do one thing together: the first failure ends all. (Platform threads, since writing files would pin virtual
/// ones.)
final class Workers {
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Consumer<@Nullable Throwable> wake;

    /// @param wake makes all that wait for a peer fail; told of the failure, if that is why
    Workers(Consumer<@Nullable Throwable> wake) {
        this.wake = wake;
    }

    boolean failed() {
        return failure.get() != null;
    }

    /// Records a failure; the first counts.
    void fail(Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            wake.accept(cause);
        }
    }

    /// Runs the task on so many threads at once and returns when all have ended.
    void run(String name, int count, Runnable task) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofPlatform().daemon().name(name + "-" + i).start(() -> {
                try {
                    task.run();
                } catch (RuntimeException | Error e) {
                    fail(e);
                }
            }));
        }
        boolean interrupted = false;
        for (var thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    wake.accept(null); // they end soon; leaving them alone with the target would be a second writer
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for a thread that ends soon.
    static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Throws the first failure, if there was one.
    void rethrow() {
        var first = failure.get();
        if (first instanceof RuntimeException e) { // no switch over patterns: its first use costs a short copy a hundredth of its time
            throw e;
        }
        if (first instanceof Error e) {
            throw e;
        }
        if (first != null) {
            throw new IllegalStateException(first);
        }
    }
}
