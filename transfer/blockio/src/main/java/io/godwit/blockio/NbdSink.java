package io.godwit.blockio;

import io.godwit.model.disk.ReadBack;
import io.godwit.model.fault.FaultException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A disk behind an NBD server that lets it be written. Where the server allows several connections, each writer has its own; else there is
/// one for everything, and reading back begins when all is written. A write that fails is not tried again here: whoever copies goes on from its checkpoint.
public final class NbdSink implements BlockSink {
    private static final System.Logger LOG = System.getLogger(NbdSink.class.getName());
    private static final long LONGEST_ZERO = 256L << 20;
    private static final int ZEROES = 256 << 10;
    private static final long UNTOLD = Long.MIN_VALUE; // the tag of a part

    private final NbdEndpoint endpoint;
    private final NbdSettings settings;
    private final NbdSource source;
    private final Line first; // flushes for all, where there are several
    private final Set<Line> lines = ConcurrentHashMap.newKeySet();
    private volatile boolean zero;
    private volatile boolean closed;

    private NbdSink(NbdEndpoint endpoint, NbdSettings settings, NbdSource source, NbdConnection first) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.source = source;
        this.first = new Line(first);
        lines.add(this.first);
    }

    /// Connects to it.
    ///
    /// @throws FaultException `TARGET_READ_ONLY`, or what connecting throws
    public static NbdSink open(URI uri, NbdSettings settings) {
        return TargetReader.at(() -> connect(uri, settings));
    }

    private static NbdSink connect(URI uri, NbdSettings settings) {
        var source = NbdSource.open(uri, settings);
        try {
            var endpoint = NbdEndpoint.of(uri);
            var connection = source.sole() ? source.soleConnection() : NbdConnection.open(endpoint, settings, List.of());
            if (connection.export().readOnly()) {
                connection.disconnect();
                throw new FaultException(BlockFault.TARGET_READ_ONLY, endpoint + " cannot be written", "its server exports it read-only");
            }
            if (!connection.export().canFlush()) {
                LOG.log(System.Logger.Level.WARNING, "{0} knows no flush: whether its bytes lie on a device only it can tell", endpoint);
            }
            return new NbdSink(endpoint, settings, source, connection);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    @Override
    public long sizeBytes() {
        return source.sizeBytes();
    }

    /// A server tells it once.
    @Override
    public long sizeNow() {
        return sizeBytes();
    }

    @Override
    public int alignment() {
        return source.alignment();
    }

    @Override
    public int longestRead() {
        return source.longestRead();
    }

    @Override
    public int connections() {
        return source.connections();
    }

    @Override
    public List<BlockStatus> status(long offset, long length) {
        return TargetReader.at(() -> source.status(offset, length));
    }

    @Override
    public BlockReader reader() {
        return new TargetReader(TargetReader.at(source::reader));
    }

    @Override
    public ReadBack readBack() {
        return ReadBack.SERVER;
    }

    /// Asks only: zeroes that a server would have to write are written where they are needed.
    @Override
    public void clear() {
        for (long at = 0; at < sizeBytes();) {
            for (var run : status(at, Math.min(sizeBytes() - at, 1L << 31))) {
                if (!run.isZero()) {
                    return;
                }
                at = run.end();
            }
        }
        zero = true;
    }

    @Override
    public boolean readsAsZero() {
        return zero;
    }

    @Override
    public void settle() {
        TargetReader.at(() -> lines.forEach(Line::drain));
    }

    @Override
    public void flush() {
        TargetReader.at(first::flush);
    }

    @Override
    public BlockWriter writer(BlockWriter.Written written) {
        if (!first.connection.export().multiConnection()) {
            first.written = written;
            return new Writer(first);
        }
        var line = new Line(TargetReader.at(() -> NbdConnection.open(endpoint, settings, List.of())));
        line.written = written;
        lines.add(line);
        if (closed) {
            line.connection.close();
        }
        return new Writer(line);
    }

    @Override
    public void close() {
        closed = true;
        source.close();
        lines.forEach(line -> line.connection.close());
    }

    /// One connection and who is told of its writes. Its lock lets a flush, and who awaits its answers, come between the writes of another thread.
    private static final class Line {
        final NbdConnection connection;
        final ReentrantLock lock = new ReentrantLock();
        BlockWriter.@Nullable Written written;

        Line(NbdConnection connection) {
            this.connection = connection;
        }

        void write(long offset, ByteBuffer bytes, long tag) {
            lock.lock();
            try {
                awaitRoom();
                connection.submitWrite(offset, bytes, false, tag);
            } finally {
                lock.unlock();
            }
        }

        void writeZeroes(long offset, int length, long tag) {
            lock.lock();
            try {
                awaitRoom();
                connection.submitWriteZeroes(offset, length, false, tag);
            } finally {
                lock.unlock();
            }
        }

        private void awaitRoom() {
            while (connection.inFlight() >= connection.depth()) {
                take();
            }
        }

        private void take() {
            connection.take((tag, _, _) -> {
                var listener = written;
                if (listener != null && tag != UNTOLD) {
                    listener.written(tag);
                }
            });
        }

        void drain() {
            lock.lock();
            try {
                while (connection.inFlight() > 0) {
                    take();
                }
            } finally {
                lock.unlock();
            }
        }

        void flush() {
            if (!connection.export().canFlush()) {
                return;
            }
            lock.lock();
            try {
                drain();
                connection.flush();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Cuts what is too long for one request; the last piece answers for all, so that it waits for the others.
    private final class Writer implements BlockWriter {
        private final Line line;

        Writer(Line line) {
            this.line = line;
        }

        @Override
        public void write(long offset, ByteBuffer bytes, long tag) {
            TargetReader.at(() -> inPieces(offset, bytes, tag));
        }

        private void inPieces(long offset, ByteBuffer bytes, long tag) {
            int most = line.connection.export().maximumBlock();
            int end = bytes.limit();
            long at = offset;
            while (end - bytes.position() > most) {
                line.write(at, bytes.limit(bytes.position() + most), UNTOLD);
                at += most;
                bytes.limit(end);
            }
            if (at > offset) {
                line.drain();
            }
            line.write(at, bytes, tag);
        }

        @Override
        public void zero(long offset, long length, long tag) {
            TargetReader.at(() -> zeroInPieces(offset, length, tag));
        }

        private void zeroInPieces(long offset, long length, long tag) {
            boolean able = line.connection.export().canWriteZeroes();
            long most = able ? LONGEST_ZERO : Math.min(ZEROES, line.connection.export().maximumBlock());
            var zeroes = able ? null : ByteBuffer.allocateDirect((int) Math.min(length, most));
            for (long at = offset; at < offset + length; at += most) {
                int count = (int) Math.min(most, offset + length - at);
                boolean last = at + count == offset + length;
                if (last && at > offset) {
                    line.drain();
                }
                if (zeroes == null) {
                    line.writeZeroes(at, count, last ? tag : UNTOLD);
                } else {
                    line.write(at, zeroes.clear().limit(count), last ? tag : UNTOLD);
                }
            }
        }

        @Override
        public void drain() {
            TargetReader.at(line::drain);
        }

        @Override
        public void close() {
            if (line != first) {
                lines.remove(line);
                line.connection.close();
            }
        }
    }
}
