package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole copies whose source's or target's server lies once, anywhere: each ends by itself, with a fault or with the right bytes.
class LyingServersIT {
    private static final boolean SOAK = Boolean.getBoolean("godwit.soak");
    private static final int SIZE = 3 << 20;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(value = 60, unit = TimeUnit.MINUTES) // 1,000 rounds
    void endEveryCopyWithAFaultOrTheRightBytes(boolean source) throws Exception {
        int rounds = SOAK ? 500 : 10;
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        System.out.println("lying " + (source ? "source" : "target") + " seed " + seed);
        int faults = 0;
        try (var rig = new Rig(folder)) {
            Rig.makeDisk(rig.source, SIZE, seed);
            var real = folder.resolve("real");
            rig.supervisor.start(Command.of("nbdkit", "-f", "-r", "--unix", real.toString(), "--pidfile", folder.resolve("pid").toString(),
                    "file", "file=" + rig.source));
            org.awaitility.Awaitility.await().until(() -> Files.exists(folder.resolve("pid")));
            for (int round = 0; round < rounds; round++) {
                var random = new Random(seed + round);
                Files.deleteIfExists(folder.resolve("copy/disk1.checkpoint"));
                try (var target = new PowerCutServer(folder.resolve("target"), new byte[SIZE], random);
                        var liar = new Liar(folder.resolve("liar"), source ? real : folder.resolve("target"), random)) {
                    target.start(Long.MAX_VALUE);
                    var disk = new DiskCopy("disk1", new ExportSpec.Nbd(source ? liar.uri() : uri(real)), "source-1",
                            new TargetSpec.Nbd(source ? target.uri() : liar.uri()), "target-1", SIZE);
                    var report = CompletableFuture.supplyAsync(() -> copy(rig, disk)).get(60, TimeUnit.SECONDS);
                    faults += report == null ? 1 : 0;
                    if (report != null && !source) { // a source's lie about its bytes nobody can see
                        assertThat(report.verified()).isTrue();
                        assertThat(target.content()).as("seed %d", seed + round).isEqualTo(Files.readAllBytes(rig.source));
                    }
                }
            }
        }
        System.out.println(faults + " faults of " + rounds + " lies");
        assertThat(faults).isPositive();
    }

    /// `null` where it ended with a fault; nothing else may be thrown.
    private static @Nullable DiskReport copy(Rig rig, DiskCopy disk) {
        try {
            return rig.copy(disk, Rig.SETTINGS.stallLimit(Duration.ofMillis(400)).saving(256 << 10, Duration.ofMillis(20)));
        } catch (FaultException e) {
            return null;
        }
    }

    private static URI uri(Path socket) {
        return URI.create("nbd+unix:///?socket=" + socket);
    }

    /// Between a client and a real server: tampers with one connection's answers at one place.
    private static final class Liar implements AutoCloseable {
        private final Path socket;
        private final ServerSocketChannel listener;
        private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
        private final Random random; // guarded by this, as is left
        private int connections;

        Liar(Path socket, Path real, Random random) throws IOException {
            this.socket = socket;
            this.random = random;
            this.connections = random.nextInt(3); // before the one that is tampered with
            Files.deleteIfExists(socket);
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listener.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> {
                while (true) {
                    try {
                        var client = listener.accept();
                        var server = SocketChannel.open(UnixDomainSocketAddress.of(real));
                        open.add(client);
                        open.add(server);
                        var tampering = next();
                        Thread.ofVirtual().start(() -> pump(client, server, new Tampering(Long.MAX_VALUE, 0, new byte[0])));
                        Thread.ofVirtual().start(() -> pump(server, client, tampering));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        URI uri() {
            return LyingServersIT.uri(socket);
        }

        private static final class Tampering {
            final long at;
            final int how; // 0 = another byte, 1 = the end, 2 = silence, 3 = bytes more, 4 = bytes less
            final byte[] noise;

            Tampering(long at, int how, byte[] noise) {
                this.at = at;
                this.how = how;
                this.noise = noise;
            }
        }

        private synchronized Tampering next() {
            if (connections-- != 0) {
                return new Tampering(Long.MAX_VALUE, 0, new byte[0]);
            }
            var noise = new byte[1 + random.nextInt(40)];
            random.nextBytes(noise);
            long at = random.nextBoolean() ? random.nextInt(400) : random.nextInt(SIZE / 8); // in the handshake, or among the bytes
            return new Tampering(at, random.nextInt(5), noise);
        }

        private static void pump(SocketChannel from, SocketChannel to, Tampering tampering) {
            var buffer = ByteBuffer.allocate(64 << 10);
            long passed = 0;
            try (from; to) {
                while (from.read(buffer.clear()) >= 0) {
                    buffer.flip();
                    int count = buffer.limit();
                    if (passed + count <= tampering.at || passed > tampering.at) {
                        send(to, buffer);
                    } else {
                        int at = (int) (tampering.at - passed);
                        var bytes = Arrays.copyOf(buffer.array(), count);
                        switch (tampering.how) {
                            case 0 -> {
                                bytes[at] ^= tampering.noise[0];
                                send(to, ByteBuffer.wrap(bytes));
                            }
                            case 1 -> {
                                send(to, ByteBuffer.wrap(bytes, 0, at));
                                return;
                            }
                            case 2 -> {
                                send(to, ByteBuffer.wrap(bytes, 0, at));
                                to.read(ByteBuffer.allocate(1)); // never: until the client goes
                                return;
                            }
                            case 3 -> {
                                send(to, ByteBuffer.wrap(bytes, 0, at));
                                send(to, ByteBuffer.wrap(tampering.noise));
                                send(to, ByteBuffer.wrap(bytes, at, count - at));
                            }
                            default -> {
                                send(to, ByteBuffer.wrap(bytes, 0, at));
                                int skipped = Math.min(count, at + tampering.noise.length);
                                send(to, ByteBuffer.wrap(bytes, skipped, count - skipped));
                            }
                        }
                    }
                    passed += count;
                }
            } catch (IOException e) {
                // one of both is gone
            }
        }

        private static void send(SocketChannel to, ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (var each : open) {
                each.close();
            }
        }
    }
}
