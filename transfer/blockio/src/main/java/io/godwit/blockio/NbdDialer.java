package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes one connection after the other to one export, for one thread, and sees that it stays the same export. Closed from any thread, in
/// mid-handshake too.
final class NbdDialer implements RetryingReader.Dialer {
    private final NbdEndpoint endpoint;
    private NbdSettings settings;
    private final List<String> contexts;
    private final Runnable requireServer;
    private NbdBuffers buffers;
    private @Nullable NbdExport first;
    private @Nullable NbdConnection connection;
    private @Nullable NbdStream stream; // guarded by this
    private boolean closed; // guarded by this

    /// For an export that may be known.
    ///
    /// @param first what the export must be; `null` = what it is at the first connection
    /// @param requireServer see [NbdSource#open(java.net.URI, NbdSettings, List, Runnable)]
    NbdDialer(NbdEndpoint endpoint, NbdSettings settings, List<String> contexts, @Nullable NbdExport first, Runnable requireServer) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.contexts = contexts;
        this.first = first;
        this.requireServer = requireServer;
        buffers = new NbdBuffers(settings);
    }

    @Override
    public NbdConnection dial() {
        if (first != null) {
            requireServer.run();
        }
        if (connection != null) {
            connection.replace();
        }
        buffers.reset();
        var next = NbdConnection.open(endpoint, settings, contexts, newStream(), buffers);
        try {
            requireSame(next.export());
        } catch (FaultException e) {
            next.disconnect();
            throw e;
        }
        connection = next;
        return next;
    }

    /// From now on for more and longer requests, and so the last connection, on which nothing is in flight.
    NbdConnection widen(NbdConnection last, NbdSettings wide) {
        settings = wide;
        buffers = new NbdBuffers(wide);
        var next = last.widened(wide, buffers);
        connection = next;
        return next;
    }

    private synchronized NbdStream newStream() {
        if (closed) {
            throw new FaultException(BlockFault.NBD_CLOSED, "the connection to " + endpoint + " was given up",
                    "it was closed by this side");
        }
        if (stream != null) {
            stream.close();
        }
        stream = new NbdStream(endpoint, settings.stallLimit());
        return stream;
    }

    private void requireSame(NbdExport now) {
        var then = first;
        if (then == null) {
            first = now;
            return;
        }
        if (now.sizeBytes() != then.sizeBytes()) {
            throw changed("it was " + then.sizeBytes() + " bytes long and now is " + now.sizeBytes());
        }
        if (now.minimumBlock() > then.minimumBlock()) {
            throw changed("requests had to be aligned to " + then.minimumBlock() + " bytes and now to " + now.minimumBlock());
        }
        if (now.maximumBlock() < Math.min(then.maximumBlock(), settings.requestBytes())) {
            throw changed("requests could have " + then.maximumBlock() + " bytes and now only " + now.maximumBlock());
        }
        for (var context : contexts) {
            if (then.contexts().containsKey(context) && !now.contexts().containsKey(context)) {
                throw changed("it told of " + context + " and now does not");
            }
        }
    }

    private FaultException changed(String how) {
        return new FaultException(BlockFault.NBD_EXPORT_CHANGED, endpoint + " exports another disk than before", how);
    }

    @Override
    public void hangUp() {
        if (connection != null) {
            connection.disconnect();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (stream != null) {
            stream.close();
        }
    }
}
