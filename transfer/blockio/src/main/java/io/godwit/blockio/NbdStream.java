package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The bytes to and from a server; each wait has the stall limit, all of the handshake together too, and each end is one fault. An answer that
/// trickles, or does not come while others do, has [#AGES] times the limit; what may be long at work has [#PATIENCE] times each.
final class NbdStream implements AutoCloseable {
    private static final int AGES = 5;
    private static final int PATIENCE = 10;
    private static final long NOTHING = Long.MAX_VALUE;

    private final NbdEndpoint endpoint;
    private final SocketChannel channel;
    private final StallWatch watch;
    private final Duration stallLimit;
    private ByteChannel wire;
    private @Nullable TlsChannel tls;
    private boolean established;
    private boolean patient;
    private long waited; // for the server, in all: when this side is busy its answers grow no older
    private long owedSince = NOTHING; // of what was waited
    private volatile boolean closed;

    /// Not connected yet, so that [#close()] can end [#connect()].
    NbdStream(NbdEndpoint endpoint, Duration stallLimit) {
        this.endpoint = endpoint;
        this.stallLimit = stallLimit;
        try {
            channel = endpoint.address() instanceof InetSocketAddress
                    ? SocketChannel.open()
                    : SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new FaultException(BlockFault.NBD_UNREACHABLE, "no socket for " + endpoint, e);
        }
        wire = channel;
        watch = new StallWatch(channel, stallLimit);
    }

    void connect() {
        try {
            watch.hold();
            if (endpoint.address() instanceof InetSocketAddress inet) {
                channel.connect(new InetSocketAddress(inet.getHostString(), inet.getPort())); // its name may mean another address by now
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            } else {
                channel.connect(endpoint.address());
            }
        } catch (IOException e) {
            throw watch.stalled() || closed
                    ? broken(e)
                    : new FaultException(BlockFault.NBD_UNREACHABLE, endpoint + " could not be reached", e);
        } catch (RuntimeException e) { // an unresolved host name
            throw new FaultException(BlockFault.NBD_UNREACHABLE, endpoint + " could not be reached", e);
        }
    }

    /// From here on all is encrypted.
    void startTls(SSLEngine engine) {
        var secured = new TlsChannel(channel, engine);
        try {
            secured.shakeHands();
        } catch (IOException e) {
            throw broken(e);
        }
        tls = secured;
        wire = secured;
    }

    /// The handshake is over.
    void established() {
        established = true;
        watch.release();
    }

    /// How long the server was waited for so far, in nanoseconds.
    long waited() {
        return waited;
    }

    /// What is owed from now on.
    ///
    /// @param oldest what was waited when the oldest request was made
    /// @param slow whether one is among them that may be long at work
    void owes(long oldest, boolean slow) {
        owedSince = oldest;
        patient = slow;
    }

    /// As long as the next byte takes, or so many can be sent.
    private void waited(long since) {
        waited += System.nanoTime() - since;
        if (owedSince < NOTHING && (waited - owedSince) / AGES > limitNanos()) {
            close();
            throw new FaultException(BlockFault.NBD_STALLED, endpoint + " did not answer",
                    "it has owed an answer for " + Duration.ofNanos(waited - owedSince).toMillis() + " ms, and gave others or parts of it");
        }
    }

    private long waiting() {
        long now = System.nanoTime();
        watch.waiting(now, limitNanos() - stallLimit.toNanos());
        return now;
    }

    private long limitNanos() {
        return (patient ? PATIENCE : 1) * stallLimit.toNanos();
    }

    /// Fills the buffer, and flips it.
    void read(ByteBuffer buffer) {
        fill(buffer);
        buffer.flip();
    }

    /// Fills what is left of the buffer, and leaves it at its limit.
    void fill(ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                long since = waiting();
                if (wire.read(buffer) < 0) {
                    throw ended();
                }
                waited(since);
            }
        } catch (IOException e) {
            throw broken(e);
        } finally {
            watch.idle();
        }
    }

    /// Fills both, and leaves them at their limits.
    void fill(ByteBuffer first, ByteBuffer second) {
        if (tls != null) {
            fill(first);
            fill(second);
            return;
        }
        var both = new ByteBuffer[]{first, second};
        try {
            while (second.hasRemaining()) {
                long since = waiting();
                if (channel.read(both) < 0) {
                    throw ended();
                }
                waited(since);
            }
        } catch (IOException e) {
            throw broken(e);
        } finally {
            watch.idle();
        }
    }

    void write(ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                long since = waiting();
                wire.write(buffer);
                waited(since);
            }
        } catch (IOException e) {
            throw broken(e);
        } finally {
            watch.idle();
        }
    }

    /// Ends the encryption in order, where there is one.
    void goodbye() {
        if (tls != null) {
            try {
                watch.waiting();
                tls.goodbye();
            } catch (IOException e) {
                throw broken(e);
            } finally {
                watch.idle();
            }
        }
    }

    private FaultException ended() {
        return new FaultException(BlockFault.NBD_CLOSED, endpoint + " closed the connection", "it owed an answer");
    }

    private FaultException broken(IOException cause) {
        if (watch.stalled()) {
            return new FaultException(BlockFault.NBD_STALLED, endpoint + " did not answer",
                    established
                            ? "not a byte came for " + Duration.ofNanos(limitNanos()).toMillis() + " ms"
                            : "it did not end the handshake in " + stallLimit.toMillis() + " ms");
        }
        if (closed) {
            return new FaultException(BlockFault.NBD_CLOSED, "the connection to " + endpoint + " was given up",
                    "it was closed by this side");
        }
        if (cause instanceof SSLException && !established) {
            return new FaultException(BlockFault.NBD_TLS_FAILED, endpoint + " and this side did not agree on TLS", cause);
        }
        return new FaultException(BlockFault.NBD_CLOSED, "the connection to " + endpoint + " broke", cause);
    }

    /// From any thread: whoever waits fails.
    @Override
    public void close() {
        closed = true;
        watch.end();
        try {
            channel.close();
        } catch (IOException e) {
            // nothing was owed to us any more
        }
    }
}
