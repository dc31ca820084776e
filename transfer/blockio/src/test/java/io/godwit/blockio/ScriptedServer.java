package io.godwit.blockio;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/// An NBD server that shakes hands like an honest one and then answers as a test tells it.
final class ScriptedServer implements AutoCloseable {
    static final long SIZE = 1 << 20;

    /// What the server does for each connection.
    interface Script {
        void run(DataInputStream in, DataOutputStream out) throws IOException;
    }

    /// One request of the client.
    record Request(int flags, int command, long cookie, long offset, int length) {
        static Request read(DataInputStream in) throws IOException {
            if (in.readInt() != NbdWire.REQUEST_MAGIC) {
                throw new IOException("no request");
            }
            return new Request(in.readUnsignedShort(), in.readUnsignedShort(), in.readLong(), in.readLong(), in.readInt());
        }
    }

    private final Path socket;
    private final ServerSocketChannel listener;

    ScriptedServer(Path folder, Script script) throws IOException {
        socket = folder.resolve("s");
        Files.deleteIfExists(socket);
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(() -> {
            while (true) {
                SocketChannel client;
                try {
                    client = listener.accept();
                } catch (IOException e) {
                    return;
                }
                Thread.ofVirtual().start(() -> serve(client, script));
            }
        });
    }

    private static void serve(SocketChannel client, Script script) {
        try (client) {
            script.run(new DataInputStream(Channels.newInputStream(client)), new DataOutputStream(Channels.newOutputStream(client)));
        } catch (IOException | UncheckedIOException e) {
            // the client went away, as it should
        }
    }

    URI uri() {
        return URI.create("nbd+unix:///?socket=" + socket);
    }

    /// An honest handshake that offers structured replies and `base:allocation` under the id 7.
    static void shakeHands(DataInputStream in, DataOutputStream out) throws IOException {
        shakeHands(in, out, false);
    }

    /// The same, and offers extended headers or refuses them.
    static void shakeHands(DataInputStream in, DataOutputStream out, boolean extended) throws IOException {
        out.writeLong(NbdWire.INIT_MAGIC);
        out.writeLong(NbdWire.OPTION_MAGIC);
        out.writeShort(3);
        out.flush();
        in.readInt();
        while (true) {
            in.readLong();
            int option = in.readInt();
            in.readNBytes(in.readInt());
            if (option == NbdWire.OPT_EXTENDED_HEADERS && !extended) {
                reply(out, option, NbdWire.REP_ERROR_BIT | 1, 0);
                out.flush();
                continue;
            }
            if (option == NbdWire.OPT_SET_META_CONTEXT) {
                reply(out, option, NbdWire.REP_META_CONTEXT, 4 + BlockStatus.BASE_ALLOCATION.length());
                out.writeInt(7);
                out.writeBytes(BlockStatus.BASE_ALLOCATION);
            } else if (option == NbdWire.OPT_GO) {
                reply(out, option, NbdWire.REP_INFO, 12);
                out.writeShort(NbdWire.INFO_EXPORT);
                out.writeLong(SIZE);
                out.writeShort(1 | NbdWire.EXPORT_CAN_MULTI_CONN);
            }
            reply(out, option, NbdWire.REP_ACK, 0);
            out.flush();
            if (option == NbdWire.OPT_GO) {
                return;
            }
        }
    }

    static void reply(DataOutputStream out, int option, int type, int length) throws IOException {
        out.writeLong(NbdWire.OPTION_REPLY_MAGIC);
        out.writeInt(option);
        out.writeInt(type);
        out.writeInt(length);
    }

    static void chunk(DataOutputStream out, int flags, int type, long cookie, int length) throws IOException {
        out.writeInt(NbdWire.STRUCTURED_REPLY_MAGIC);
        out.writeShort(flags);
        out.writeShort(type);
        out.writeLong(cookie);
        out.writeInt(length);
    }

    static void data(DataOutputStream out, int flags, long cookie, long offset, int count, int fill) throws IOException {
        chunk(out, flags, NbdWire.CHUNK_OFFSET_DATA, cookie, 8 + count);
        out.writeLong(offset);
        var bytes = new byte[count];
        java.util.Arrays.fill(bytes, (byte) fill);
        out.write(bytes);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Files.deleteIfExists(socket);
    }
}
