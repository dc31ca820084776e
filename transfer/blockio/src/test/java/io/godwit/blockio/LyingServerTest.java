package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.blockio.ScriptedServer.Request;
import io.godwit.model.fault.FaultException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class LyingServerTest {
    private static final NbdSettings SETTINGS = new NbdSettings(2, 4, 64 << 10, Duration.ofSeconds(20)).retry(RetrySettings.OFF);
    private static final NbdSettings HASTY = SETTINGS.stallLimit(Duration.ofMillis(400)); // where a stall is what is waited for

    @TempDir
    Path folder;

    /// What the server answers to a read of 8192 bytes at 4096.
    interface Answer {
        void to(Request read, DataOutputStream out) throws IOException;
    }

    static Stream<Arguments> lies() {
        return Stream.of(
                lie("an unknown cookie", (read, out) -> ScriptedServer.data(out, 1, read.cookie() + (1 << 16), 4096, 8192, 1)),
                lie("a slot that does not exist", (_, out) -> ScriptedServer.data(out, 1, 0xffff, 4096, 8192, 1)),
                lie("bytes before the range", (read, out) -> ScriptedServer.data(out, 1, read.cookie(), 0, 8192, 1)),
                lie("bytes behind the range", (read, out) -> ScriptedServer.data(out, 1, read.cookie(), 8192, 8192, 1)),
                lie("an offset that overflows", (read, out) -> ScriptedServer.data(out, 0, read.cookie(), Long.MAX_VALUE, 4096, 1)),
                lie("too many bytes", (read, out) -> ScriptedServer.data(out, 1, read.cookie(), 4096, 16384, 1)),
                lie("too few bytes", (read, out) -> ScriptedServer.data(out, 1, read.cookie(), 4096, 4096, 1)),
                lie("a gap in the middle", (read, out) -> {
                    ScriptedServer.data(out, 0, read.cookie(), 4096, 1024, 1);
                    ScriptedServer.data(out, 1, read.cookie(), 8192, 4096, 1);
                }),
                lie("the same bytes twice", (read, out) -> {
                    ScriptedServer.data(out, 0, read.cookie(), 4096, 4096, 1);
                    ScriptedServer.data(out, 1, read.cookie(), 4096, 8192, 1);
                }),
                lie("a length of four gigabytes",
                        (read, out) -> ScriptedServer.chunk(out, 1, NbdWire.CHUNK_OFFSET_DATA, read.cookie(), -1)),
                lie("an error of four gigabytes", (read, out) -> ScriptedServer.chunk(out, 1, NbdWire.CHUNK_ERROR, read.cookie(), -1)),
                lie("an error whose message is longer than it", (read, out) -> {
                    ScriptedServer.chunk(out, 1, NbdWire.CHUNK_ERROR, read.cookie(), 6);
                    out.writeInt(5);
                    out.writeShort(1000);
                }), lie("a hole of zero bytes", (read, out) -> hole(out, read, 4096, 0)),
                lie("a hole of too many bytes", (read, out) -> hole(out, read, 4096, 65536)),
                lie("nothing", (read, out) -> ScriptedServer.chunk(out, 1, NbdWire.CHUNK_NONE, read.cookie(), 0)),
                lie("nothing, without an end", (read, out) -> ScriptedServer.chunk(out, 0, NbdWire.CHUNK_NONE, read.cookie(), 0)),
                lie("block status", (read, out) -> ScriptedServer.chunk(out, 1, NbdWire.CHUNK_BLOCK_STATUS, read.cookie(), 12)),
                lie("a chunk of an unknown type", (read, out) -> ScriptedServer.chunk(out, 1, 99, read.cookie(), 0)),
                lie("a simple reply", (read, out) -> {
                    out.writeInt(NbdWire.SIMPLE_REPLY_MAGIC);
                    out.writeInt(0);
                    out.writeLong(read.cookie());
                    out.write(new byte[8192]);
                }), lie("noise", (_, out) -> out.write(new byte[64])));
    }

    private static Arguments lie(String what, Answer answer) {
        return Arguments.of(what, answer);
    }

    private static void hole(DataOutputStream out, Request read, long offset, int count) throws IOException {
        ScriptedServer.chunk(out, 1, NbdWire.CHUNK_OFFSET_HOLE, read.cookie(), 12);
        out.writeLong(offset);
        out.writeInt(count);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void isFoundOut(String what, Answer answer) throws IOException {
        try (var _ = answering(answer); var connection = connect()) {
            connection.submit(4096, 8192, 0);
            assertFault(BlockFault.NBD_PROTOCOL_BROKEN, () -> connection.take((_, _, _) -> {
            }));
        }
    }

    /// Each piece that lies apart takes memory for as long as the answer lasts.
    @Test
    void boundsThePiecesOfOneAnswer() throws IOException {
        try (var _ = answering((read, out) -> {
            for (int at = 1; at < read.length(); at += 2) {
                ScriptedServer.data(out, 0, read.cookie(), at, 1, 1);
            }
        }); var connection = connect()) {
            connection.submit(0, 32 << 10, 0);
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> connection.take((_, _, _) -> {
            })).satisfies(e -> assertThat(e.fault().why()).contains("4096 pieces"));
        }
    }

    @Test
    void takesPiecesInAnyOrderOfSeveralReadsAtOnce() throws IOException {
        try (var _ = new ScriptedServer(folder, (in, out) -> {
            ScriptedServer.shakeHands(in, out);
            var first = Request.read(in);
            var second = Request.read(in);
            ScriptedServer.data(out, 0, first.cookie(), 4096, 4096, 1); // of 8192 at 0: the later half first
            ScriptedServer.data(out, 0, second.cookie(), 8192, 4096, 2); // all of it, but the end comes later
            hole(out, first, 0, 4096);
            ScriptedServer.chunk(out, 1, NbdWire.CHUNK_NONE, second.cookie(), 0);
            in.read();
        }); var connection = connect()) {
            connection.submit(0, 8192, 10);
            connection.submit(8192, 4096, 20);
            var order = new AtomicInteger();
            for (int i = 0; i < 2; i++) {
                connection.take((tag, _, bytes) -> {
                    if (order.getAndIncrement() == 0) {
                        assertThat(tag).isEqualTo(10);
                        assertThat(bytes.remaining()).isEqualTo(8192);
                        assertThat(bytes.get(0)).isEqualTo((byte) 0);
                        assertThat(bytes.get(4095)).isEqualTo((byte) 0);
                        assertThat(bytes.get(4096)).isEqualTo((byte) 1);
                    } else {
                        assertThat(tag).isEqualTo(20);
                        assertThat(bytes.get(4095)).isEqualTo((byte) 2);
                    }
                });
            }
            assertThat(order).hasValue(2);
        }
    }

    @Test
    void tellsAnErrorOfOneReadAndGoesOnWithTheOthers() throws IOException {
        try (var _ = new ScriptedServer(folder, (in, out) -> {
            ScriptedServer.shakeHands(in, out);
            var first = Request.read(in);
            var second = Request.read(in);
            ScriptedServer.chunk(out, 1, NbdWire.CHUNK_ERROR_OFFSET, first.cookie(), 6 + 3 + 8);
            out.writeInt(5);
            out.writeShort(3);
            out.writeBytes("bad");
            out.writeLong(512);
            ScriptedServer.data(out, 1, second.cookie(), 8192, 4096, 2);
            in.read();
        }); var connection = connect()) {
            connection.submit(0, 8192, 10);
            connection.submit(8192, 4096, 20);
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> connection.take((_, _, _) -> {
            })).satisfies(e -> assertThat(e.fault().why()).contains("EIO", "512", "bad")).matches(e -> e.fault().retryable());
            connection.take((tag, _, _) -> assertThat(tag).isEqualTo(20));
        }
    }

    @Test
    void silenceIsAFault() throws IOException {
        try (var _ = answering((read, out) -> ScriptedServer.data(out, 0, read.cookie(), 4096, 100, 1)); var connection = connect(HASTY)) {
            connection.submit(4096, 8192, 0);
            assertFault(BlockFault.NBD_STALLED, () -> connection.take((_, _, _) -> {
            }));
        }
    }

    /// A byte now and then is no answer.
    @Test
    void anAnswerThatTricklesIsAFault() throws IOException {
        try (var _ = answering((read, out) -> {
            ScriptedServer.chunk(out, 1, NbdWire.CHUNK_OFFSET_DATA, read.cookie(), 8 + 8192);
            out.writeLong(4096);
            for (int i = 0; i < 8192; i++) {
                out.write(1);
                java.util.concurrent.locks.LockSupport.parkNanos(HASTY.stallLimit().toNanos() / 4);
            }
        }); var connection = connect(HASTY)) {
            connection.submit(4096, 8192, 0);
            assertFault(BlockFault.NBD_STALLED, () -> connection.take((_, _, _) -> {
            }));
        }
    }

    @Test
    void anAnswerThatDoesNotComeWhileOthersDoIsAFault() throws IOException {
        try (var _ = new ScriptedServer(folder, (in, out) -> {
            ScriptedServer.shakeHands(in, out);
            for (var read = Request.read(in);; read = Request.read(in)) {
                java.util.concurrent.locks.LockSupport.parkNanos(HASTY.stallLimit().toNanos() / 10);
                if (read.offset() > 0) {
                    ScriptedServer.data(out, 1, read.cookie(), read.offset(), read.length(), 1);
                }
            }
        }); var connection = connect(HASTY)) {
            connection.submit(0, 4096, 0);
            assertFault(BlockFault.NBD_STALLED, () -> {
                while (true) {
                    connection.submit(4096, 4096, 1);
                    connection.take((_, _, _) -> {
                    });
                }
            });
        }
    }

    @Test
    void silenceInTheHandshakeIsAFault() throws IOException {
        try (var server = new ScriptedServer(folder, (in, _) -> in.read())) {
            assertFault(BlockFault.NBD_STALLED, () -> NbdConnection.open(NbdEndpoint.of(server.uri()), HASTY, List.of()));
        }
    }

    @Test
    void anEndInTheMiddleIsAFault() throws IOException {
        try (var _ = new ScriptedServer(folder, (in, out) -> {
            ScriptedServer.shakeHands(in, out);
            ScriptedServer.data(out, 0, Request.read(in).cookie(), 4096, 100, 1);
        }); var connection = connect()) {
            connection.submit(4096, 8192, 0);
            assertFault(BlockFault.NBD_CLOSED, () -> connection.take((_, _, _) -> {
            }));
        }
    }

    @Test
    void nobodyThereIsAFault() {
        assertFault(BlockFault.NBD_UNREACHABLE,
                () -> NbdConnection.open(NbdEndpoint.of(java.net.URI.create("nbd+unix:///?socket=" + folder.resolve("nobody"))), SETTINGS,
                        List.of()));
    }

    @Test
    void refusesBlockStatusThatLies() throws IOException {
        for (var lie : List.of(new int[]{0, 0}, new int[]{1 << 20, 0, 4096, 0}, new int[0])) {
            try (var server = new ScriptedServer(folder, (in, out) -> {
                ScriptedServer.shakeHands(in, out);
                var query = Request.read(in);
                ScriptedServer.chunk(out, 1, NbdWire.CHUNK_BLOCK_STATUS, query.cookie(), 4 + 4 * lie.length);
                out.writeInt(7);
                for (int word : lie) {
                    out.writeInt(word);
                }
                in.read();
            }); var source = NbdSource.open(server.uri(), SETTINGS)) {
                assertFault(BlockFault.NBD_PROTOCOL_BROKEN, () -> source.status(0, 1 << 20));
            }
        }
    }

    /// A server that answers with noise that begins like an answer, or shakes hands with noise: each end is a fault, within the deadline.
    @Test
    void refusesBlockStatusThatLeadsNowhere() throws IOException {
        try (var server = new ScriptedServer(folder, (in, out) -> {
            ScriptedServer.shakeHands(in, out);
            while (true) {
                var query = Request.read(in);
                ScriptedServer.chunk(out, 1, NbdWire.CHUNK_BLOCK_STATUS, query.cookie(), 12);
                out.writeInt(7);
                out.writeInt(1); // byte
                out.writeInt(3);
                out.flush();
            }
        }); var source = NbdSource.open(server.uri(), SETTINGS)) {
            assertFault(BlockFault.NBD_PROTOCOL_BROKEN, () -> {
                for (long at = 0; at < ScriptedServer.SIZE;) {
                    at = source.status(at, ScriptedServer.SIZE - at).getLast().end();
                }
            });
        }
    }

    @Test
    void neverHangsOrCrashesOnNoise() throws IOException {
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        System.out.println("noise seed " + seed);
        var random = new Random(seed);
        int runs = Boolean.getBoolean("godwit.soak") ? 5000 : 300;
        try (var server = new ScriptedServer(folder, (in, out) -> noise(random, in, out))) {
            for (int i = 0; i < runs; i++) {
                assertThatExceptionOfType(FaultException.class).isThrownBy(() -> {
                    try (var connection = NbdConnection.open(NbdEndpoint.of(server.uri()), HASTY,
                            List.of(BlockStatus.BASE_ALLOCATION))) {
                        connection.submit(0, 8192, 0);
                        connection.take((_, _, _) -> {
                        });
                        connection.blockStatus(BlockStatus.BASE_ALLOCATION, 0, 1 << 20);
                        throw new FaultException(BlockFault.NBD_PROTOCOL_BROKEN, "it guessed right", "by chance"); // and that is no crash
                    }
                });
            }
        }
    }

    private static void noise(Random random, DataInputStream in, DataOutputStream out) throws IOException {
        byte[] noise;
        int kind;
        synchronized (random) {
            noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            kind = random.nextInt(4);
        }
        if (kind == 0) {
            out.write(noise);
            return;
        }
        ScriptedServer.shakeHands(in, out);
        var read = Request.read(in);
        if (kind == 1) {
            ScriptedServer.chunk(out, noise.length > 0 ? noise[0] : 0, noise.length > 1 ? noise[1] & 7 : 0, read.cookie(),
                    noise.length * 50);
        } else if (kind == 2) {
            ScriptedServer.data(out, 1, read.cookie(), 0, 8192, 3);
            var query = Request.read(in);
            ScriptedServer.chunk(out, 1, NbdWire.CHUNK_BLOCK_STATUS, query.cookie(), 4 + noise.length / 8 * 8);
            out.writeInt(7);
        }
        out.write(noise);
    }

    private ScriptedServer answering(Answer answer) throws IOException {
        return new ScriptedServer(folder, (in, out) -> {
            ScriptedServer.shakeHands(in, out);
            answer.to(Request.read(in), out);
            in.read(); // until the client goes
        });
    }

    private NbdConnection connect() {
        return connect(SETTINGS);
    }

    private NbdConnection connect(NbdSettings settings) {
        return NbdConnection.open(NbdEndpoint.of(java.net.URI.create("nbd+unix:///?socket=" + folder.resolve("s"))), settings, List.of());
    }

    private static void assertFault(BlockFault code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(FaultException.class).isThrownBy(call)
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name()));
    }
}
