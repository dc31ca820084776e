package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.blockio.NbdExport.Replies;
import io.godwit.model.disk.Extent;
import io.godwit.model.fault.FaultException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Extended headers, against a peer written from the specification: neither QEMU 7.2 nor nbdkit has them.
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class ExtendedHeadersTest {
    private static final long TIB = 1L << 40;
    private static final long SIZE = 8 * TIB;
    private static final List<Extent> DATA = List.of(new Extent(4096, 8192), new Extent(6 * TIB, 5L << 30));
    private static final NbdSettings SETTINGS = new NbdSettings(1, 8, 64 << 10, Duration.ofSeconds(20)).retry(RetrySettings.OFF);

    @TempDir
    Path folder;

    @Test
    void asksForTheStatusOfTebibytesAtOnce() throws IOException {
        try (var server = new HonestServer(folder, SIZE, DATA, true); var source = NbdSource.open(server.uri(), SETTINGS)) {
            assertThat(source.status(0, SIZE)).containsExactly(hole(0, 4096), BlockStatus.data(4096, 8192),
                    hole(12288, 6 * TIB - 12288), BlockStatus.data(6 * TIB, 5L << 30),
                    hole(6 * TIB + (5L << 30), 2 * TIB - (5L << 30)));
            assertThat(source.status(6 * TIB + 1, 1000)).as("the last run may go beyond what was asked")
                    .containsExactly(BlockStatus.data(6 * TIB + 1, 1000));
            assertThat(server.seen).allMatch(request -> request.command() == NbdWire.CMD_BLOCK_STATUS).hasSize(2);
            try (var reader = source.reader()) {
                reader.submit(6 * TIB - 100, 1000, 5);
                reader.take((tag, offset, bytes) -> {
                    var found = new byte[1000];
                    bytes.get(found);
                    assertThat(found).isEqualTo(server.bytes(offset, 1000));
                    assertThat(tag).isEqualTo(5);
                });
            }
        }
    }

    @Test
    void clearsMoreThanFourGibibytesInOneRequest() throws IOException {
        try (var server = new HonestServer(folder, SIZE, DATA, true);
                var connection = NbdConnection.open(NbdEndpoint.of(server.uri()), SETTINGS, List.of())) {
            assertThat(connection.export().replies()).isEqualTo(Replies.EXTENDED);
            connection.writeZeroes(4096, 5 * TIB, false);
            connection.trim(0, SIZE);
            connection.submitWrite(100, ByteBuffer.allocate(700), true, 3);
            connection.take((tag, _, none) -> assertThat(tag + none.remaining()).isEqualTo(3));
            connection.flush();
            connection.disconnect();
        }
    }

    @Test
    void tellsAServerWhichLengthsArePayload() throws IOException {
        try (var server = new HonestServer(folder, SIZE, DATA, true);
                var connection = NbdConnection.open(NbdEndpoint.of(server.uri()), SETTINGS, List.of())) {
            connection.writeZeroes(4096, 5 * TIB, true);
            connection.submitWrite(100, ByteBuffer.allocate(700), true, 3);
            connection.take((_, _, _) -> {
            });
            assertThat(server.seen).extracting(HonestServer.Request::command, HonestServer.Request::flags, HonestServer.Request::length)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(NbdWire.CMD_WRITE_ZEROES, NbdWire.CMD_FLAG_NO_HOLE, 5 * TIB),
                            org.assertj.core.groups.Tuple.tuple(NbdWire.CMD_WRITE,
                                    NbdWire.CMD_FLAG_FUA | NbdWire.CMD_FLAG_PAYLOAD_LENGTH, 700L));
        }
    }

    @Test
    void fallsBackToManyRequestsWhereTheServerHasNone() throws IOException {
        try (var server = new HonestServer(folder, SIZE, DATA, false);
                var connection = NbdConnection.open(NbdEndpoint.of(server.uri()), SETTINGS, List.of(BlockStatus.BASE_ALLOCATION))) {
            assertThat(connection.export().replies()).isEqualTo(Replies.STRUCTURED);
            connection.writeZeroes(0, 5L << 30, false);
            assertThat(server.seen).hasSize(3).allMatch(request -> request.length() <= 1L << 31);
            assertThat(connection.blockStatus(BlockStatus.BASE_ALLOCATION, TIB, SIZE - TIB).getLast().end())
                    .isEqualTo(TIB + (1L << 31));
        }
    }

    private static BlockStatus hole(long offset, long length) {
        return new BlockStatus(offset, length, 3); // a hole that reads as zero
    }

    interface Lie {
        void to(HonestServer.Request request, DataOutputStream out) throws IOException;
    }

    static Stream<Arguments> lies() {
        return Stream.of(Arguments.of("another offset", (Lie) (request, out) -> chunk(out, NbdWire.CHUNK_NONE, request, 1, 0)),
                Arguments.of("an endless length", (Lie) (request, out) -> chunk(out, NbdWire.CHUNK_BLOCK_STATUS_EXTENDED, request, 0, -1)),
                Arguments.of("an endless error", (Lie) (request, out) -> chunk(out, NbdWire.CHUNK_ERROR, request, 0, Long.MIN_VALUE)),
                Arguments.of("64 gibibytes of data",
                        (Lie) (request, out) -> chunk(out, NbdWire.CHUNK_OFFSET_DATA, request, 0, 64L << 30)),
                Arguments.of("a compact reply", (Lie) (request, out) -> {
                    ScriptedServer.chunk(out, 1, NbdWire.CHUNK_NONE, request.cookie(), 0);
                    out.writeLong(0);
                    out.writeLong(0);
                }), Arguments.of("a simple reply", (Lie) (request, out) -> {
                    out.writeInt(NbdWire.SIMPLE_REPLY_MAGIC);
                    out.writeInt(0);
                    out.writeLong(request.cookie());
                    out.write(new byte[16]);
                }), Arguments.of("more runs than it says", (Lie) (request, out) -> {
                    chunk(out, NbdWire.CHUNK_BLOCK_STATUS_EXTENDED, request, 0, 24);
                    out.writeInt(7);
                    out.writeInt(2);
                    out.writeLong(4096);
                    out.writeLong(0);
                }), Arguments.of("a run of nothing", (Lie) (request, out) -> run(out, request, 0)),
                Arguments.of("half a run", (Lie) (request, out) -> chunk(out, NbdWire.CHUNK_BLOCK_STATUS_EXTENDED, request, 0, 16)));
    }

    private static void run(DataOutputStream out, HonestServer.Request request, long length) throws IOException {
        chunk(out, NbdWire.CHUNK_BLOCK_STATUS_EXTENDED, request, 0, 24);
        out.writeInt(7);
        out.writeInt(1);
        out.writeLong(length);
        out.writeLong(0);
    }

    private static void chunk(DataOutputStream out, int type, HonestServer.Request request, long shift, long length) throws IOException {
        out.writeInt(NbdWire.EXTENDED_REPLY_MAGIC);
        out.writeShort(1);
        out.writeShort(type);
        out.writeLong(request.cookie());
        out.writeLong(request.offset() + shift);
        out.writeLong(length);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void aLieIsFoundOut(String what, Lie lie) throws IOException {
        try (var server = lying(lie); var source = NbdSource.open(server.uri(), SETTINGS)) {
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> source.status(4096, 1 << 16))
                    .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(BlockFault.NBD_PROTOCOL_BROKEN.name()));
        }
    }

    @Test
    void aRunThatGoesBeyondAllNumbersEndsWithTheRange() throws IOException {
        for (long length : List.of(Long.MAX_VALUE, -1L, Long.MIN_VALUE)) {
            try (var server = lying((request, out) -> run(out, request, length)); var source = NbdSource.open(server.uri(), SETTINGS)) {
                assertThat(source.status(4096, 1 << 16)).containsExactly(BlockStatus.data(4096, 1 << 16));
            }
        }
    }

    private ScriptedServer lying(Lie lie) throws IOException {
        return new ScriptedServer(folder, (in, out) -> {
            ScriptedServer.shakeHands(in, out, true);
            lie.to(request(in), out);
            in.read();
        });
    }

    private static HonestServer.Request request(DataInputStream in) throws IOException {
        assertThat(in.readInt()).isEqualTo(NbdWire.EXTENDED_REQUEST_MAGIC);
        return new HonestServer.Request(in.readUnsignedShort(), in.readUnsignedShort(), in.readLong(), in.readLong(), in.readLong());
    }
}
