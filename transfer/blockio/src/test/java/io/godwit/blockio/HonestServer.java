package io.godwit.blockio;

import io.godwit.model.disk.Extent;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// A whole NBD server for one disk that needs no memory: written from the specification (doc/proto.md of the NBD project, its extended headers
/// too), answering in pieces and out of order, and failing as it is told.
final class HonestServer implements AutoCloseable {
    static final String ALLOCATION = "base:allocation";
    private static final int ID = 7;

    /// What it does with an answer.
    enum Mischief {
        NONE,
        /// The connection is closed in place of the answer.
        HANG_UP,
        /// The connection is closed in the middle of the answer.
        HANG_UP_INSIDE,
        /// Nothing is sent.
        FORGET,
        /// EIO.
        ERROR
    }

    /// A request as it came, of either kind.
    record Request(int flags, int command, long cookie, long offset, long length) {}

    private final Path socket;
    private final ServerSocketChannel listener;
    private final List<Extent> data;
    private final boolean extended;
    private final Random random;
    final ConcurrentLinkedQueue<Request> seen = new ConcurrentLinkedQueue<>();
    volatile long size;
    volatile boolean sole; // allows no second connection
    volatile Supplier<Mischief> mischief = () -> Mischief.NONE;
    volatile UnaryOperator<OutputStream> wire = out -> out;
    private final AtomicInteger connections = new AtomicInteger();

    HonestServer(Path folder, long size, List<Extent> data, boolean extended) throws IOException {
        this(folder, size, data, extended, 7);
    }

    HonestServer(Path folder, long size, List<Extent> data, boolean extended, long seed) throws IOException {
        random = new Random(seed);
        this.size = size;
        this.data = data;
        this.extended = extended;
        socket = folder.resolve("honest");
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
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(client));
            }
        });
    }

    int connections() {
        return connections.get();
    }

    URI uri() {
        return URI.create("nbd+unix:///?socket=" + socket);
    }

    static byte byteAt(long offset) {
        return (byte) (offset * 31 + (offset >> 9) + 1);
    }

    /// What the disk holds.
    byte[] bytes(long offset, int length) {
        var bytes = new byte[length];
        for (var run : data) {
            for (long at = Math.max(offset, run.offset()); at < Math.min(run.end(), offset + length); at++) {
                bytes[(int) (at - offset)] = byteAt(at);
            }
        }
        return bytes;
    }

    private void serve(SocketChannel client) {
        try (client) {
            var in = new DataInputStream(Channels.newInputStream(client));
            var out = new DataOutputStream(wire.apply(new BufferedOutputStream(Channels.newOutputStream(client), 1 << 16)));
            new Session(in, out).run();
        } catch (IOException | UncheckedIOException e) {
            // the client went away
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Files.deleteIfExists(socket);
    }

    private final class Session {
        private final DataInputStream in;
        private final DataOutputStream out;
        private boolean wide;
        private boolean structured;

        Session(DataInputStream in, DataOutputStream out) {
            this.in = in;
            this.out = out;
        }

        void run() throws IOException {
            out.writeLong(0x4e42444d41474943L);
            out.writeLong(0x49484156454F5054L);
            out.writeShort(3);
            out.flush();
            in.readInt();
            while (option()) {
                out.flush();
            }
            out.flush();
            while (true) {
                var request = request();
                seen.add(request);
                if (request.command == 2 || !answer(request)) {
                    return;
                }
            }
        }

        /// Whether another option follows.
        private boolean option() throws IOException {
            in.readLong();
            int option = in.readInt();
            in.readNBytes(in.readInt());
            switch (option) {
                case 7 -> {
                    ScriptedServer.reply(out, option, 3, 12);
                    out.writeShort(0);
                    out.writeLong(size);
                    out.writeShort(1 | 1 << 2 | 1 << 5 | 1 << 6 | (sole ? 0 : NbdWire.EXPORT_CAN_MULTI_CONN));
                    ScriptedServer.reply(out, option, 3, 14);
                    out.writeShort(3);
                    out.writeInt(1);
                    out.writeInt(4096);
                    out.writeInt(32 << 20);
                }
                case 8 -> structured = true;
                case 10 -> {
                    var name = ALLOCATION.getBytes(StandardCharsets.UTF_8);
                    ScriptedServer.reply(out, option, 4, 4 + name.length);
                    out.writeInt(ID);
                    out.write(name);
                }
                case 11 -> {
                    wide = extended;
                    structured |= extended;
                }
                default -> {
                    // refused below
                }
            }
            boolean known = option == 7 || option == 8 || option == 10 || (option == 11 && extended);
            ScriptedServer.reply(out, option, known ? 1 : 1 << 31 | 1, 0);
            return option != 7;
        }

        private Request request() throws IOException {
            int magic = in.readInt();
            if (magic != (wide ? 0x21e41c71 : 0x25609513)) {
                throw new IOException("no request: " + Integer.toHexString(magic));
            }
            int flags = in.readUnsignedShort();
            int command = in.readUnsignedShort();
            long cookie = in.readLong();
            long offset = in.readLong();
            long length = wide ? in.readLong() : in.readInt() & 0xffffffffL;
            if (wide ? (flags & 1 << 5) != 0 : command == 1) {
                in.skipNBytes(length);
            }
            return new Request(flags, command, cookie, offset, length);
        }

        private boolean answer(Request request) throws IOException {
            var what = mischief.get();
            if (what == Mischief.FORGET) {
                return true;
            }
            if (what == Mischief.HANG_UP) {
                return false;
            }
            var answer = new ByteArrayOutputStream();
            chunks(request, what, new DataOutputStream(answer));
            if (what == Mischief.HANG_UP_INSIDE) {
                out.write(answer.toByteArray(), 0, answer.size() / 2);
                out.flush();
                return false;
            }
            answer.writeTo(out);
            out.flush();
            return true;
        }

        private void chunks(Request request, Mischief what, DataOutputStream to) throws IOException {
            if (what == Mischief.ERROR) {
                chunk(to, request, true, 1 << 15 | 1, body -> {
                    body.writeInt(5);
                    body.writeShort(0);
                });
            } else if (request.command == 0) {
                read(request, to);
            } else if (request.command == 7) {
                chunk(to, request, true, wide ? 6 : 5, body -> status(request, body));
            } else if (structured) {
                chunk(to, request, true, 0, _ -> {
                });
            }
        }

        private void read(Request request, DataOutputStream to) throws IOException {
            var pieces = new ArrayList<int[]>();
            for (int at = 0; at < request.length;) {
                int count = randomly(3) == 0 ? (int) request.length - at : 1 + randomly((int) request.length - at);
                pieces.add(new int[]{at, count});
                at += count;
            }
            synchronized (random) {
                java.util.Collections.shuffle(pieces, random);
            }
            for (int i = 0; i < pieces.size(); i++) {
                long from = request.offset + pieces.get(i)[0];
                int count = pieces.get(i)[1];
                boolean last = i == pieces.size() - 1;
                if (data.stream().noneMatch(run -> run.offset() < from + count && run.end() > from)) {
                    chunk(to, request, last, 2, body -> {
                        body.writeLong(from);
                        body.writeInt(count);
                    });
                } else {
                    chunk(to, request, last, 1, body -> {
                        body.writeLong(from);
                        body.write(bytes(from, count));
                    });
                }
            }
        }

        private int randomly(int bound) {
            synchronized (random) {
                return random.nextInt(bound);
            }
        }

        private void status(Request request, DataOutputStream body) throws IOException {
            var runs = new ArrayList<long[]>();
            long at = request.offset;
            long end = request.offset + request.length;
            for (var run : data) {
                if (run.offset() >= end) {
                    break;
                }
                if (run.end() > at) {
                    if (run.offset() > at) {
                        runs.add(new long[]{run.offset() - at, 3});
                        at = run.offset();
                    }
                    runs.add(new long[]{run.end() - at, 0}); // the last may go beyond what was asked
                    at = run.end();
                }
            }
            if (at < end) {
                runs.add(new long[]{end - at, 3});
            }
            body.writeInt(ID);
            if (wide) {
                body.writeInt(randomly(2) == 0 ? 0 : runs.size());
            }
            for (var run : runs) {
                if (wide) {
                    body.writeLong(run[0]);
                    body.writeLong(run[1]);
                } else {
                    body.writeInt((int) run[0]);
                    body.writeInt((int) run[1]);
                }
            }
        }

        private void chunk(DataOutputStream to, Request request, boolean last, int type, Body body) throws IOException {
            var bytes = new ByteArrayOutputStream();
            body.writeTo(new DataOutputStream(bytes));
            to.writeInt(wide ? 0x6e8a278c : 0x668e33ef);
            to.writeShort(last ? 1 : 0);
            to.writeShort(type);
            to.writeLong(request.cookie);
            if (wide) {
                to.writeLong(request.offset);
                to.writeLong(bytes.size());
            } else {
                to.writeInt(bytes.size());
            }
            bytes.writeTo(to);
        }
    }

    private interface Body {
        void writeTo(DataOutputStream out) throws IOException;
    }

    /// Changes one byte of all that is sent.
    static final class Corrupting extends FilterOutputStream {
        private long until;
        private final int mask;

        Corrupting(OutputStream out, long at, int mask) {
            super(out);
            this.until = at;
            this.mask = mask;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(until-- == 0 ? b ^ mask : b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (until >= 0 && until < length) {
                var copy = java.util.Arrays.copyOfRange(bytes, offset, offset + length);
                copy[(int) until] ^= (byte) mask;
                out.write(copy);
            } else {
                out.write(bytes, offset, length);
            }
            until -= length;
        }
    }
}
