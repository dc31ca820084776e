package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A disk behind an NBD server.
public final class NbdSource implements BlockSource {
    private final NbdEndpoint endpoint;
    private final NbdSettings settings;
    private final NbdConnection control; // guarded by itself; asks for block status only
    private final Set<NbdConnection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private NbdSource(NbdEndpoint endpoint, NbdSettings settings, NbdConnection control) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.control = control;
    }

    public static NbdSource open(URI uri, NbdSettings settings) {
        var endpoint = NbdEndpoint.of(uri);
        var one = new NbdSettings(1, 1, 64 << 10, settings.stallLimit());
        return new NbdSource(endpoint, settings, NbdConnection.open(endpoint, one, List.of(BlockStatus.BASE_ALLOCATION)));
    }

    @Override
    public long sizeBytes() {
        return control.export().sizeBytes();
    }

    @Override
    public int alignment() {
        return control.export().minimumBlock();
    }

    @Override
    public int connections() {
        return control.export().multiConnection() ? settings.connections() : 1;
    }

    @Override
    public List<BlockStatus> status(long offset, long length) {
        if (!control.export().contexts().containsKey(BlockStatus.BASE_ALLOCATION)) {
            return List.of(new BlockStatus(offset, length, 0));
        }
        synchronized (control) {
            return control.blockStatus(BlockStatus.BASE_ALLOCATION, offset, length);
        }
    }

    @Override
    public BlockReader reader() {
        var connection = NbdConnection.open(endpoint, settings, List.of());
        open.add(connection);
        if (closed || connection.export().sizeBytes() != sizeBytes()) {
            connection.close();
            throw closed
                    ? new FaultException(BlockFault.NBD_CLOSED, "the connection to " + endpoint + " was given up",
                            "it was closed by this side")
                    : new FaultException(BlockFault.NBD_PROTOCOL_BROKEN, endpoint + " broke the protocol",
                            "its export was " + sizeBytes() + " bytes long and now is " + connection.export().sizeBytes());
        }
        return connection;
    }

    /// Reads a few bytes, for headers.
    public java.nio.ByteBuffer read(long offset, int length) {
        var bytes = java.nio.ByteBuffer.allocate(length);
        var connection = NbdConnection.open(endpoint, new NbdSettings(1, 1, 64 << 10, settings.stallLimit()), List.of());
        try {
            long mask = -connection.export().minimumBlock();
            while (bytes.hasRemaining()) {
                long want = offset + bytes.position();
                long from = want & mask;
                long to = Math.min(sizeBytes(), (offset + length + ~mask) & mask);
                connection.submit(from, (int) Math.min(to - from, 64 << 10), 0);
                connection.take((_, at, got) -> {
                    got.position((int) (want - at));
                    bytes.put(got.limit(Math.min(got.limit(), got.position() + bytes.remaining())));
                });
            }
            return bytes.flip();
        } finally {
            connection.disconnect();
        }
    }

    @Override
    public void close() {
        closed = true;
        open.forEach(NbdConnection::close);
        control.close();
    }
}
