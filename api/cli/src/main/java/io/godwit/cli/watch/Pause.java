package io.godwit.cli.watch;

/// Waits between two looks at the server; tests do not wait.
@FunctionalInterface
public interface Pause {
    void seconds(int seconds) throws InterruptedException;
}
