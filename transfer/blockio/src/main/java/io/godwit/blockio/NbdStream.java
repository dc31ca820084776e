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

/// The bytes to and from a server; each wait has the stall limit, all of the handshake together too, and each end is one fault.
final class NbdStream implements AutoCloseable {
    private final NbdEndpoint endpoint;
    private final SocketChannel channel;
    private final StallWatch watch;
    private final Duration stallLimit;
    private ByteChannel wire;
    private @Nullable TlsChannel tls;
    private boolean established;
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

    /// Fills the buffer, and flips it.
    void read(ByteBuffer buffer) {
        fill(buffer);
        buffer.flip();
    }

    /// Fills what is left of the buffer, and leaves it at its limit.
    void fill(ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                watch.waiting();
                if (wire.read(buffer) < 0) {
                    throw ended();
                }
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
                watch.waiting();
                if (channel.read(both) < 0) {
                    throw ended();
                }
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
                watch.waiting();
                wire.write(buffer);
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
                            ? "not a byte came for " + stallLimit.toMillis() + " ms"
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
