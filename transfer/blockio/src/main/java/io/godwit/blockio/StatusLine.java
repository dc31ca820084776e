package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The connection that a source asks for block status on, made anew when it breaks. Thread-safe: one question at a time. A server that allows
/// one connection only is read on this one too, by the thread that asks.
final class StatusLine {
    private static final int POOR = 4096; // bytes
    private static final int MOST_POOR = 1024;

    private final NbdEndpoint endpoint;
    private final RetrySettings settings;
    private final NbdDialer dialer;
    private final Pause pause = Pause.real();
    private final NbdExport export;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable NbdConnection connection; // guarded by the lock
    private int poor; // answers in a row that told of next to nothing; guarded by the lock

    /// Connects, and fails at once where that is not possible: whoever just named a server wants to know.
    StatusLine(NbdEndpoint endpoint, NbdSettings settings, List<String> contexts, Runnable requireServer) {
        this.endpoint = endpoint;
        this.settings = settings.retry();
        dialer = new NbdDialer(endpoint, settings.small(), contexts, null, requireServer);
        var first = dialer.dial();
        export = first.export();
        connection = export.multiConnection() ? first : dialer.widen(first, settings);
    }

    NbdExport export() {
        return export;
    }

    /// The connection itself, for the one other user of it.
    NbdConnection connection() {
        lock.lock();
        try {
            var of = connection;
            if (of == null) {
                of = dialer.dial();
                connection = of;
            }
            return of;
        } finally {
            lock.unlock();
        }
    }

    List<BlockStatus> status(String context, long offset, long length) {
        lock.lock();
        try {
            Trouble trouble = null;
            while (true) {
                try {
                    var runs = connection().blockStatus(context, offset, length);
                    requireProgress(runs.getLast().end() - offset, length);
                    return runs;
                } catch (FaultException e) {
                    trouble = after(trouble, e, "the block status of " + length + " bytes at offset " + offset + " of " + endpoint);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// An answer need not be about all that was asked, but one after the other about next to nothing would take for ever.
    private void requireProgress(long told, long asked) {
        poor = told < Math.min(POOR, asked) ? poor + 1 : 0;
        if (poor > MOST_POOR) {
            throw new FaultException(BlockFault.NBD_PROTOCOL_BROKEN, "the block status of " + endpoint + " leads nowhere",
                    MOST_POOR + " answers in a row told of less than " + POOR + " bytes each");
        }
    }

    private Trouble after(@Nullable Trouble before, FaultException failure, String what) {
        if (connection != null && !failure.fault().is(BlockFault.NBD_READ_FAILED)) {
            connection.close();
            connection = null;
        }
        if (!Trouble.mayPass(failure) || !settings.on() || pause.ended()) {
            throw failure;
        }
        long now = pause.nanoTime();
        var trouble = Trouble.after(before, settings, failure, now);
        if (trouble.over(now)) {
            throw trouble.gaveUp(what + " was given up", now);
        }
        if (!pause.sleep(trouble.pause(now))) {
            throw failure;
        }
        return trouble;
    }

    /// For one reader of a server that allows one connection only. The connection stays when the reader is closed, unless it is owed answers.
    RetryingReader.Dialer shared() {
        return new RetryingReader.Dialer() {
            private @Nullable NbdConnection given;

            @Override
            public BlockReader dial() {
                lock.lock();
                try {
                    if (connection == given) { // the reader has lost it
                        connection = null;
                    }
                    var next = connection();
                    given = next;
                    return next;
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void hangUp() {
                // others may need it
            }

            @Override
            public void close() {
                var last = given;
                if (last != null && last.inFlight() > 0) {
                    last.close();
                }
            }
        };
    }

    /// From any thread: whoever waits for an answer fails.
    void close() {
        pause.end();
        dialer.close();
    }
}
