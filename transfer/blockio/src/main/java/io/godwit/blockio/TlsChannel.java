package io.godwit.blockio;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/// TLS over a blocking socket, for one thread; whoever closes the socket ends it.
final class TlsChannel implements ByteChannel {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final ByteBuffer incoming; // sealed, to be read from
    private final ByteBuffer outgoing; // sealed, to be written to
    private final ByteBuffer opened; // what the last reader had no room for
    private final int mostOpened;

    TlsChannel(SocketChannel channel, SSLEngine engine) {
        this.channel = channel;
        this.engine = engine;
        mostOpened = engine.getSession().getApplicationBufferSize();
        incoming = ByteBuffer.allocateDirect(engine.getSession().getPacketBufferSize()).flip();
        outgoing = ByteBuffer.allocateDirect(engine.getSession().getPacketBufferSize());
        opened = ByteBuffer.allocateDirect(mostOpened).flip();
    }

    void shakeHands() throws IOException {
        engine.beginHandshake();
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_WRAP -> seal(NOTHING.duplicate());
                case NEED_TASK -> runTasks();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (!openAside()) {
                        throw new EOFException("the server closed the connection");
                    }
                    if (opened.hasRemaining()) {
                        throw new SSLException("the server sent data before it had shaken hands");
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    if (!engine.getSession().isValid() || engine.getSession().getCipherSuite().contains("_NULL_")) {
                        throw new SSLException("the handshake agreed on no cipher");
                    }
                    return;
                }
            }
        }
    }

    private void runTasks() {
        for (var task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (!opened.hasRemaining()) {
            int before = into.position();
            boolean direct = into.remaining() >= mostOpened;
            while (into.position() == before && !opened.hasRemaining()) {
                boolean more = direct ? open(into) : openAside();
                if (!more) {
                    return -1;
                }
            }
            if (direct) {
                return into.position() - before;
            }
        }
        int count = Math.min(into.remaining(), opened.remaining());
        into.put(into.position(), opened, opened.position(), count).position(into.position() + count);
        opened.position(opened.position() + count);
        return count;
    }

    private boolean openAside() throws IOException {
        try {
            return open(opened.clear());
        } finally {
            opened.flip();
        }
    }

    /// Opens one record, which may hold nothing for us; false at the end.
    private boolean open(ByteBuffer into) throws IOException {
        while (true) {
            var result = engine.unwrap(incoming, into);
            if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                runTasks();
            }
            switch (result.getStatus()) {
                case OK -> {
                    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) { // the server wants other keys, or an answer
                        seal(NOTHING.duplicate());
                    }
                    return true;
                }
                case CLOSED -> {
                    return false;
                }
                case BUFFER_UNDERFLOW -> {
                    incoming.compact();
                    if (!incoming.hasRemaining()) {
                        throw new SSLException("a record of the server is longer than TLS allows");
                    }
                    int count = channel.read(incoming);
                    incoming.flip();
                    if (count < 0) {
                        return false;
                    }
                }
                case BUFFER_OVERFLOW -> throw new SSLException("a record of the server is longer than TLS allows");
            }
        }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int before = from.position();
        while (from.hasRemaining()) {
            seal(from);
        }
        return from.position() - before;
    }

    private void seal(ByteBuffer from) throws IOException {
        var result = engine.wrap(from, outgoing.clear());
        outgoing.flip();
        while (outgoing.hasRemaining()) {
            channel.write(outgoing);
        }
        if (result.getStatus() == Status.CLOSED && from.hasRemaining()) {
            throw new EOFException("the server closed the connection");
        }
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a record does not fit");
        }
    }

    /// Tells the server that nothing more comes.
    void goodbye() throws IOException {
        engine.closeOutbound();
        seal(NOTHING.duplicate());
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
