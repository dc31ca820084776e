package io.godwit.convert;

import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Child;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Runs a tool that names its steps, and kills it when a step lasts too long or the tool falls silent: an appliance can hang for ever.
final class StepWatch {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
    private static final int EVIDENCE_LINES = 12;
    private static final int EVIDENCE_LINE = 200;

    private final ConverterSettings settings;
    private final Path log;
    private final Consumer<Phase> steps;
    private volatile @Nullable Phase running;
    private volatile long lastSign = System.nanoTime();
    private volatile long stepBegan = System.nanoTime();

    /// @param log what the tool writes besides; its growth is a sign of life
    StepWatch(ConverterSettings settings, Path log, Consumer<Phase> steps) {
        this.settings = settings;
        this.log = log;
        this.steps = steps;
    }

    /// The tool has begun its next step.
    void begin(Phase step) {
        running = step;
        stepBegan = System.nanoTime();
        lastSign = stepBegan;
        steps.accept(step);
    }

    /// Runs it to its end.
    ///
    /// @param look called twice a second; what it throws ends the tool
    /// @return its exit code
    /// @throws FaultException `CONVERTER_STALLED`, `CONVERTER_INTERRUPTED`, `CONVERTER_MISSING`, or what `look` throws
    int run(Supervisor supervisor, Command command, Runnable look, String what) {
        Child child;
        try {
            child = supervisor.start(command);
        } catch (ChildFailure e) {
            throw GuestInspection.translated(e, what);
        }
        try {
            stepBegan = System.nanoTime();
            lastSign = stepBegan;
            long logged = 0;
            while (true) {
                var code = child.await(LOOK_AGAIN);
                if (code.isPresent()) {
                    return code.getAsInt();
                }
                long size = size(log);
                if (size != logged) {
                    logged = size;
                    lastSign = System.nanoTime();
                }
                requireAlive(what);
                look.run();
            }
        } catch (ChildFailure e) {
            throw GuestInspection.translated(e, what);
        } finally {
            end(child);
        }
    }

    private void requireAlive(String what) {
        var now = System.nanoTime();
        var step = running;
        var name = step == null ? "before its first step" : "in its step '" + step.name() + "'";
        if (now - lastSign > settings.silenceLimit().toNanos()) {
            throw stalled(what, name + " it has said nothing for " + settings.silenceLimit().toSeconds() + " s");
        }
        if (now - stepBegan > settings.stepLimit().toNanos()) {
            throw stalled(what, name + " it has been for " + settings.stepLimit().toSeconds() + " s");
        }
    }

    private FaultException stalled(String what, String why) {
        return new FaultException(ConverterFault.CONVERTER_STALLED, what + " stalled and was killed",
                why + "; its log " + log + " ends with: " + lastLines());
    }

    /// An interrupt must not keep the child from being killed.
    private static void end(Child child) {
        if (!child.isRunning()) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            child.kill();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private String lastLines() {
        var last = new ArrayDeque<String>();
        try (var lines = new LogLines(log)) {
            lines.forEach(line -> {
                last.add(line.length() > EVIDENCE_LINE ? line.substring(0, EVIDENCE_LINE) + "..." : line);
                if (last.size() > EVIDENCE_LINES) {
                    last.remove();
                }
            });
        } catch (IOException e) {
            return "(unreadable: " + e.getMessage() + ")";
        }
        return last.stream().collect(Collectors.joining(" | "));
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
