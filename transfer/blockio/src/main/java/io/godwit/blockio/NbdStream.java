package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// The bytes to and from a server; each wait has the stall limit, and each end is one fault.
final class NbdStream implements AutoCloseable {
    private final NbdEndpoint endpoint;
    private final SocketChannel channel;
    private final StallWatch watch;
    private final Duration stallLimit;
    private volatile boolean closed;

    NbdStream(NbdEndpoint endpoint, Duration stallLimit) {
        this.endpoint = endpoint;
        this.stallLimit = stallLimit;
        try {
            channel = endpoint.address() instanceof InetSocketAddress
                    ? SocketChannel.open()
                    : SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new FaultException(BlockFault.NBD_UNREACHABLE, "no socket for " + endpoint, e);
        }
        watch = new StallWatch(channel, stallLimit);
        try {
            watch.waiting();
            channel.connect(endpoint.address());
            if (endpoint.address() instanceof InetSocketAddress) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            watch.idle();
        } catch (IOException e) {
            close();
            throw new FaultException(BlockFault.NBD_UNREACHABLE, endpoint + " could not be reached", e);
        } catch (RuntimeException e) { // an unresolved host name
            close();
            throw new FaultException(BlockFault.NBD_UNREACHABLE, endpoint + " could not be reached", e);
        }
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
                if (channel.read(buffer) < 0) {
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
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw broken(e);
        } finally {
            watch.idle();
        }
    }

    private FaultException ended() {
        return new FaultException(BlockFault.NBD_CLOSED, endpoint + " closed the connection", "it owed an answer");
    }

    private FaultException broken(IOException cause) {
        if (watch.stalled()) {
            return new FaultException(BlockFault.NBD_STALLED, endpoint + " did not answer",
                    "not a byte came for " + stallLimit.toMillis() + " ms");
        }
        if (closed) {
            return new FaultException(BlockFault.NBD_CLOSED, "the connection to " + endpoint + " was given up",
                    "it was closed by this side");
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
