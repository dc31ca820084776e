package io.godwit.worker;

import io.godwit.model.disk.JobProgress;
import java.io.PrintStream;
import java.util.function.Consumer;

/// Progress of one copy on a terminal: one line that is written over; nothing where there is no terminal.
final class CopyBar implements Consumer<JobProgress>, AutoCloseable {
    private static final int CELLS = 12; // the longest line has 79 characters
    private static final String UNITS = "KMGTPE";
    private final boolean terminal;
    private final PrintStream screen;
    private boolean drawn;

    CopyBar(boolean terminal) {
        this(terminal, System.err);
    }

    CopyBar(boolean terminal, PrintStream screen) {
        this.terminal = terminal;
        this.screen = screen;
    }

    @Override
    public synchronized void accept(JobProgress progress) {
        if (!terminal) {
            return;
        }
        var disk = progress.disks().getFirst();
        var phase = progress.phases().getLast().name();
        long done = phase.equals("verify") ? disk.verifiedBytes() : disk.doneBytes();
        int cells = disk.totalBytes() == 0 ? CELLS : (int) (done * (double) CELLS / disk.totalBytes());
        long left = disk.bytesPerSecond() == 0 ? 0 : (disk.totalBytes() - done) / disk.bytesPerSecond();
        screen.print("\r%-6s [%s%s] %s of %s, %s/s%s\u001b[K".formatted(phase, "#".repeat(cells), " ".repeat(CELLS - cells), bytes(done),
                bytes(disk.totalBytes()), bytes(disk.bytesPerSecond()), left > 0 ? ", at most " + left + " s" : ""));
        screen.flush();
        drawn = true;
    }

    static String bytes(long bytes) {
        double amount = bytes;
        int unit = -1;
        while (amount >= 1024 && unit < UNITS.length() - 1) {
            amount /= 1024;
            unit++;
        }
        long tenths = Math.round(10 * amount);
        return unit < 0 ? bytes + " B" : tenths / 10 + "." + tenths % 10 + " " + UNITS.charAt(unit) + "iB"; // a Formatter takes as long as 10 MiB do
    }

    @Override
    public synchronized void close() {
        if (drawn) {
            screen.println();
        }
    }
}
