package io.godwit.protocol;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// All processes of a job: its worker, and what that started, at any depth and in whatever session. They are known by the mark in
/// their environment ([JobFolder#MARK]), which no reuse of a pid can give to a stranger. Linux only.
public final class JobProcesses {
    private JobProcesses() {}

    /// Those alive now, without the calling process and those that it descends from (a script that started it).
    public static List<ProcessHandle> of(JobFolder folder) {
        var mark = new String(("\0" + JobFolder.MARK + "=" + folder.path() + "\0").getBytes(StandardCharsets.UTF_8),
                StandardCharsets.ISO_8859_1);
        var own = new HashSet<Long>();
        for (var each = Optional.of(ProcessHandle.current()); each.isPresent(); each = each.flatMap(ProcessHandle::parent)) {
            own.add(each.get().pid());
        }
        return ProcessHandle.allProcesses().filter(each -> !own.contains(each.pid()) && environment(each.pid()).contains(mark)).toList();
    }

    /// Kills them all, and those that they start meanwhile; returns whether none is left.
    public static boolean kill(JobFolder folder, Duration within) {
        var deadline = System.nanoTime() + within.toNanos();
        while (true) {
            var alive = of(folder);
            if (alive.isEmpty()) {
                return true;
            }
            alive.forEach(ProcessHandle::destroyForcibly);
            var gone = CompletableFuture.allOf(alive.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new));
            try {
                gone.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return of(folder).isEmpty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /// Empty for a process that has ended or is not ours to look at.
    private static String environment(long pid) {
        try {
            return "\0" + Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
