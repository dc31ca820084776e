package io.godwit.transfer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// An NBD server whose machine loses its power after so many writes, and comes back: of what was not flushed, any part is lost, sector by sector.
/// It keeps exactly the promise of the protocol: a flush covers what was answered before it was asked for, on all connections.
final class PowerCutServer implements AutoCloseable {
    private static final int SECTOR = 512;
    private static final int FLAGS = 1 | 1 << 2 | 1 << 6 | 1 << 8; // flush, write-zeroes, several connections

    private final Path socket;
    private final Random random;
    private final byte[] bytes; // as a reader sees them; guarded by this, as is all below
    private final byte[] durable;
    private final List<int[]> unflushed = new ArrayList<>(); // where was written, and how much
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();
    private long writesUntilCut;
    volatile int hangsUpAt = -1; // at each write of that byte
    private long cuts;
    private @Nullable ServerSocketChannel listener;

    PowerCutServer(Path socket, byte[] content, Random random) {
        this.socket = socket;
        this.random = random;
        this.bytes = content.clone();
        this.durable = content.clone();
    }

    URI uri() {
        return URI.create("nbd+unix:///?socket=" + socket);
    }

    /// Has power from now on, for so many writes.
    void start(long writes) throws IOException {
        Files.deleteIfExists(socket);
        var open = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        open.bind(UnixDomainSocketAddress.of(socket));
        synchronized (this) {
            listener = open;
            writesUntilCut = writes;
        }
        Thread.ofVirtual().start(() -> {
            while (true) {
                SocketChannel client;
                try {
                    client = open.accept();
                } catch (IOException e) {
                    return;
                }
                clients.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            }
        });
    }

    /// What a power cut could not take.
    synchronized byte[] content() {
        return durable.clone();
    }

    synchronized long cuts() {
        return cuts;
    }

    private void cut() throws IOException {
        for (var each : unflushed) {
            for (int at = each[0]; at < each[0] + each[1]; at += SECTOR) {
                if (random.nextBoolean()) {
                    int count = Math.min(SECTOR, each[0] + each[1] - at);
                    System.arraycopy(bytes, at, durable, at, count); // of several writes to a place, the last; none is written twice unflushed but zeroes
                }
            }
        }
        unflushed.clear();
        System.arraycopy(durable, 0, bytes, 0, bytes.length);
        cuts++;
        off();
    }

    private void off() throws IOException {
        if (listener != null) {
            listener.close();
        }
        for (var client : clients) {
            client.close();
        }
        clients.clear();
    }

    private void serve(SocketChannel client) {
        try (client) {
            var in = new DataInputStream(Channels.newInputStream(client));
            var out = new DataOutputStream(Channels.newOutputStream(client));
            shakeHands(in, out);
            while (true) {
                if (in.readInt() != 0x25609513) {
                    return;
                }
                in.readUnsignedShort();
                int command = in.readUnsignedShort();
                long cookie = in.readLong();
                int offset = Math.toIntExact(in.readLong());
                int length = in.readInt();
                var data = command == 1 ? in.readNBytes(length) : new byte[command == 6 ? length : 0];
                if (command == 2) {
                    return;
                }
                var read = answer(command, offset, length, data);
                out.writeInt(0x67446698);
                out.writeInt(0);
                out.writeLong(cookie);
                out.write(read);
                out.flush();
            }
        } catch (IOException e) {
            // the client or the power is gone
        }
    }

    private synchronized byte[] answer(int command, int offset, int length, byte[] data) throws IOException {
        if (listener == null || !listener.isOpen()) {
            throw new IOException("there is no power");
        }
        switch (command) {
            case 0 -> {
                return java.util.Arrays.copyOfRange(bytes, offset, offset + length);
            }
            case 1, 6 -> {
                if (offset <= hangsUpAt && hangsUpAt < offset + length) {
                    throw new IOException("hangs up");
                }
                System.arraycopy(data, 0, bytes, offset, length);
                unflushed.add(new int[]{offset, length});
                if (--writesUntilCut == 0) {
                    cut();
                    throw new IOException("the power is gone");
                }
            }
            case 3 -> {
                for (var each : unflushed) {
                    System.arraycopy(bytes, each[0], durable, each[0], each[1]);
                }
                unflushed.clear();
            }
            default -> throw new IOException("command " + command);
        }
        return new byte[0];
    }

    private void shakeHands(DataInputStream in, DataOutputStream out) throws IOException {
        out.writeLong(0x4e42444d41474943L);
        out.writeLong(0x49484156454F5054L);
        out.writeShort(3);
        out.flush();
        in.readInt();
        while (true) {
            in.readLong();
            int option = in.readInt();
            in.readNBytes(in.readInt());
            if (option == 7) {
                reply(out, option, 3, 12);
                out.writeShort(0);
                out.writeLong(bytes.length);
                out.writeShort(FLAGS);
            }
            reply(out, option, option == 7 ? 1 : 1 << 31 | 1, 0);
            out.flush();
            if (option == 7) {
                return;
            }
        }
    }

    private static void reply(DataOutputStream out, int option, int type, int length) throws IOException {
        out.writeLong(0x3e889045565a9L);
        out.writeInt(option);
        out.writeInt(type);
        out.writeInt(length);
    }

    @Override
    public synchronized void close() throws IOException {
        off();
    }
}
