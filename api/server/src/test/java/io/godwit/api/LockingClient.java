package io.godwit.api;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Says whether it got a shared lock, and holds it until its input ends.
final class LockingClient {
    private LockingClient() {}

    public static void main(String[] args) throws IOException {
        try (var channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ);
                var lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            System.out.println(lock == null ? "refused" : "held");
            if (lock != null) {
                var _ = System.in.readAllBytes();
            }
        }
    }
}
