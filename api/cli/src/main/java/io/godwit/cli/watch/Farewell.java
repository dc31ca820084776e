package io.godwit.cli.watch;

import java.util.concurrent.atomic.AtomicBoolean;

/// Is said when the process is ended from outside before this is closed, by Ctrl-C for one.
public final class Farewell implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread hook;

    public Farewell(Runnable words) {
        hook = new Thread(() -> {
            if (!over.getAndSet(true)) {
                words.run();
            }
        }, "farewell");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
        if (!over.getAndSet(true)) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException _) {
                // the JVM is on its way down, and the hook at work
            }
        }
    }
}
