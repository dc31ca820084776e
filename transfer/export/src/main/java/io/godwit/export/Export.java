package io.godwit.export;

import io.godwit.blockio.BlockFault;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Child;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A running NBD export, read-only. Closing it ends all programs that it needed and removes what was made for them.
public final class Export implements AutoCloseable {
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final URI uri;
    private final Resources resources;

    Export(URI uri, Resources resources) {
        this.uri = uri;
        this.resources = resources;
    }

    /// `nbd+unix:///?socket=path`, or what the specification gave.
    public URI uri() {
        return uri;
    }

    /// Looks again whether all files below are still those of the specification; to be called after the last read, since a file that was
    /// replaced meanwhile may have given bytes of both.
    ///
    /// @throws FaultException `SOURCE_FILE_CHANGED`
    public void requireUnchanged() {
        resources.checks.forEach(Runnable::run);
    }

    /// The same without patience.
    public void requireAlive() {
        requireAlive(Duration.ZERO);
    }

    /// Whether its programs still run; asked when reading failed, since their last words say more than the broken socket.
    ///
    /// @param patience how long one that is about to end is waited for
    /// @throws FaultException `EXPORT_DIED` with the last words of the one that does not
    public void requireAlive(Duration patience) {
        var deadline = System.nanoTime() + patience.toNanos();
        for (var server : resources.servers) {
            var code = server.await(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            if (code.isPresent()) {
                var tail = server.errorTail();
                throw new FaultException(ExportFault.EXPORT_DIED, server.program() + " ended while its export " + uri + " was in use",
                        "exit code " + code.getAsInt() + (tail.isEmpty() ? ", without a word" : ": " + tail));
            }
        }
    }

    /// A failure to read it as what its programs or their source say of that: the NBD protocol has error numbers only. For who has given up;
    /// what was said of an earlier failure that passed may be taken for the reason too. Any other failure stays as it is.
    public FaultException explained(FaultException failure) {
        if (!isOurs(failure.fault())) {
            return failure;
        }
        if (failure.fault().is(BlockFault.NBD_CLOSED)) { // after other failures it may have died of the client's leaving
            try {
                requireAlive(LAST_WORDS);
            } catch (FaultException death) {
                death.addSuppressed(failure);
                return death;
            }
        }
        for (var remote : resources.remotes) {
            var told = remote.words.of(remote.server.errorTail());
            if (told != null) {
                var why = told.why() + " (" + failure.fault().what() + ": " + failure.fault().why() + ")";
                return new FaultException(Fault.of(told.fault(), remote.from + " could not be read any further", why), failure);
            }
        }
        return failure;
    }

    /// Faults of the NBD client name the address.
    private boolean isOurs(Fault fault) {
        var query = uri.getQuery();
        var address = query == null ? uri.toString() : query.substring(query.indexOf('=') + 1);
        return fault.code().startsWith("NBD_") && (fault.what() + fault.why()).contains(address);
    }

    /// What its programs wrote to standard error, the last lines of each.
    public String errorTail() {
        var all = new StringBuilder();
        resources.servers.forEach(server -> all.append(server.errorTail()));
        return all.toString();
    }

    @Override
    public void close() {
        resources.release();
    }

    /// A server whose source is elsewhere.
    record Remote(Child server, String from, LastWords words) {}

    /// What an export is made of, from the inside out.
    static final class Resources {
        final Deque<Runnable> undo = new ArrayDeque<>();
        final List<Runnable> checks = new ArrayList<>();
        final List<Child> servers = new ArrayList<>();
        final List<Remote> remotes = new ArrayList<>();

        void release() {
            @Nullable
            RuntimeException first = null;
            for (var step = undo.poll(); step != null; step = undo.poll()) {
                try {
                    step.run();
                } catch (RuntimeException e) {
                    first = first == null ? e : first;
                }
            }
            if (first != null) {
                throw first;
            }
        }
    }
}
