package io.godwit.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Finds all that a child started, even what moved to a session of its own or outlived its parent: by session, by group, and by a mark in
/// the environment that children inherit. Works from `/proc`, and on processes of our own user only.
final class Descendants {
    private static final Path PROC = Path.of("/proc");
    private final long leader;
    private final String mark;

    /// @param leader pid of the child, which is the id of its session and group too
    /// @param mark `NAME=value` as it stands in the environment
    Descendants(long leader, String mark) {
        this.leader = leader;
        this.mark = mark;
    }

    /// Kills them until two looks in a row find none, since one that is being forked can escape a single look.
    ///
    /// @return those still there at the deadline (in uninterruptible sleep, say)
    List<Long> killAll(Duration limit) {
        var deadline = System.nanoTime() + limit.toNanos();
        int empty = 0;
        while (true) {
            var found = find();
            if (found.isEmpty()) {
                if (++empty == 2) {
                    return found;
                }
                continue;
            }
            empty = 0;
            for (long pid : found) {
                ProcessHandle.of(pid).ifPresent(process -> {
                    if (belongs(pid)) { // the handle binds the start time: a pid that was given away meanwhile is not hit
                        process.destroyForcibly();
                        awaitEnd(process);
                    }
                });
            }
            if (System.nanoTime() - deadline > 0) {
                return find();
            }
        }
    }

    private static void awaitEnd(ProcessHandle process) {
        CompletableFuture<ProcessHandle> end = process.onExit();
        try {
            end.get(200, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // the next look will tell
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    List<Long> find() {
        var found = new ArrayList<Long>();
        var self = ProcessHandle.current().pid();
        try (var entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var entry : entries) {
                long pid = Long.parseLong(String.valueOf(entry.getFileName()));
                if (pid != self && belongs(pid)) {
                    found.add(pid);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("/proc cannot be listed: " + e.getMessage(), e);
        }
        return found;
    }

    private boolean belongs(long pid) {
        var process = PROC.resolve(Long.toString(pid));
        try {
            var stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1); // state, parent, group, session, ...
            if (fields[0].equals("Z") || fields[0].equals("X")) {
                return false;
            }
            if (Long.parseLong(fields[2]) == leader || Long.parseLong(fields[3]) == leader) {
                return true;
            }
        } catch (IOException | IndexOutOfBoundsException e) {
            return false; // it is gone
        }
        try {
            var environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
            return environment.startsWith(mark + "\0") || environment.contains("\0" + mark + "\0");
        } catch (IOException e) {
            return false; // gone, or another user's
        }
    }
}
