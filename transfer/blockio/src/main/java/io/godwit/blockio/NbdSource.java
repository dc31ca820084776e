package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A disk behind an NBD server. Its server may go and come back, stall, or fail to read some range for a while: readers and [#status] try
/// again as long as [NbdSettings#retry()] says. A server that breaks the protocol, refuses what is asked or exports another disk is not
/// tried again.
public final class NbdSource implements BlockSource {
    private final NbdEndpoint endpoint;
    private final NbdSettings settings;
    private final Runnable requireServer;
    private final StatusLine control;
    private final NbdExport export;
    private final Set<BlockReader> readers = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private NbdSource(NbdEndpoint endpoint, NbdSettings settings, Runnable requireServer, StatusLine control) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.requireServer = requireServer;
        this.control = control;
        this.export = control.export();
    }

    /// Connects, without a second try.
    public static NbdSource open(URI uri, NbdSettings settings) {
        return open(uri, settings, List.of());
    }

    /// The same for a disk of which more is to be asked than what is data.
    ///
    /// @throws FaultException `NBD_CONTEXT_MISSING` where the server does not have one of them
    public static NbdSource open(URI uri, NbdSettings settings, List<MetaContext> contexts) {
        return open(uri, settings, contexts, () -> {
        });
    }

    /// The same for a server that can be known to be gone for good.
    ///
    /// @param requireServer called on any thread before each connection but the first; what it throws ends the trying
    public static NbdSource open(URI uri, NbdSettings settings, List<MetaContext> contexts, Runnable requireServer) {
        var endpoint = NbdEndpoint.of(uri);
        var names = new ArrayList<String>();
        names.add(MetaContext.ALLOCATION.name());
        for (var context : contexts) {
            if (!names.contains(context.name())) {
                names.add(context.name());
            }
        }
        var control = new StatusLine(endpoint, settings, names, requireServer);
        for (var context : contexts) {
            if (!control.export().contexts().containsKey(context.name())) {
                control.close();
                throw new FaultException(BlockFault.NBD_CONTEXT_MISSING, endpoint + " was asked for " + context,
                        "it knows of " + (control.export().contexts().isEmpty() ? "no context" : control.export().contexts().keySet()));
            }
        }
        return new NbdSource(endpoint, settings, requireServer, control);
    }

    @Override
    public long sizeBytes() {
        return export.sizeBytes();
    }

    @Override
    public int alignment() {
        return export.minimumBlock();
    }

    @Override
    public int longestRead() {
        return Math.min(settings.requestBytes(), export.maximumBlock());
    }

    @Override
    public int connections() {
        return export.multiConnection() ? settings.connections() : 1;
    }

    @Override
    public List<BlockStatus> status(long offset, long length) {
        return status(MetaContext.ALLOCATION, offset, length);
    }

    @Override
    public List<BlockStatus> status(MetaContext context, long offset, long length) {
        if (export.contexts().containsKey(context.name())) {
            return control.status(context.name(), offset, length);
        }
        if (context.equals(MetaContext.ALLOCATION)) {
            return List.of(BlockStatus.data(offset, length));
        }
        throw new IllegalArgumentException(context + " was not asked for when " + endpoint + " was opened");
    }

    /// Whether the server allows no second connection.
    boolean sole() {
        return !export.multiConnection();
    }

    /// The one connection of a server that allows no other; block status and reads are asked for on it too.
    NbdConnection soleConnection() {
        return control.connection();
    }

    @Override
    public BlockReader reader() {
        if (!settings.retry().on() && !sole()) {
            var reader = new NbdDialer(endpoint, settings, List.of(), export, requireServer).dial();
            register(reader);
            return reader;
        }
        return retrying(settings);
    }

    private RetryingReader retrying(NbdSettings how) {
        var dialer = sole() ? control.shared() : new NbdDialer(endpoint, how, List.of(), export, requireServer);
        var reader = new RetryingReader(endpoint, dialer, how.depth(), how.retry(), Pause.real());
        register(reader);
        reader.connect();
        return reader;
    }

    private void register(BlockReader reader) {
        readers.add(reader);
        if (closed) {
            reader.close();
        }
    }

    /// Reads a few bytes, for headers.
    public ByteBuffer read(long offset, int length) {
        var bytes = ByteBuffer.allocate(length);
        var few = settings.small();
        var reader = retrying(few);
        try {
            long mask = -alignment();
            while (bytes.hasRemaining()) {
                long want = offset + bytes.position();
                long from = want & mask;
                long to = Math.min(sizeBytes(), (offset + length + ~mask) & mask);
                reader.submit(from, (int) Math.min(to - from, Math.min(few.requestBytes(), export.maximumBlock())), 0);
                reader.take((_, at, got) -> {
                    got.position((int) (want - at));
                    bytes.put(got.limit(Math.min(got.limit(), got.position() + bytes.remaining())));
                });
            }
            return bytes.flip();
        } finally {
            reader.disconnect();
            readers.remove(reader);
        }
    }

    @Override
    public void close() {
        closed = true;
        readers.forEach(BlockReader::close);
        control.close();
    }
}
