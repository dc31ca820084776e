package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.disk.Extent;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class NbdSourceIT {
    private static final int SIZE = 4 << 20;
    private static final NbdSettings SETTINGS = new NbdSettings(4, 16, 64 << 10, Duration.ofSeconds(10)).retry(RetrySettings.OFF);

    @TempDir
    Path folder;
    private Supervisor supervisor;
    private Path disk;
    private URI uri;

    @BeforeEach
    void makeADisk() throws IOException {
        supervisor = new Supervisor(folder.resolve("tmp"));
        disk = folder.resolve("disk");
        uri = URI.create("nbd+unix:///?socket=" + folder.resolve("s"));
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(SIZE);
            var bytes = new byte[512 << 10];
            new Random(3).nextBytes(bytes);
            file.write(bytes);
            file.seek(2 << 20);
            file.write(bytes);
        }
    }

    @AfterEach
    void endAll() {
        supervisor.close();
    }

    private void nbdkit(String... arguments) {
        var pid = folder.resolve("pid");
        supervisor.start(Command.of("nbdkit", "-f", "--unix", folder.resolve("s").toString(), "--pidfile", pid.toString()).with(arguments));
        Awaitility.await().until(() -> Files.exists(pid));
    }

    @Test
    void readsAFileOnSeveralConnectionsAndKnowsItsHoles() throws IOException {
        nbdkit("-r", "file", "file=" + disk);
        readsEverything();
    }

    @Test
    void readsQcow2FromQemuWhoseAnswersComeInPieces() throws IOException {
        var image = folder.resolve("image");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk.toString(), image.toString()));
        var pid = folder.resolve("pid");
        supervisor.start(Command.of("qemu-nbd", "-r", "-t", "-e", "0", "-f", "qcow2", "-k", folder.resolve("s").toString(),
                "--pid-file=" + pid, image.toString()));
        Awaitility.await().until(() -> Files.exists(pid));
        readsEverything();
    }

    @Test
    void readsOverTcp() throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var pid = folder.resolve("pid");
        supervisor.start(Command.of("nbdkit", "-f", "-r", "-i", "127.0.0.1", "-p", Integer.toString(port), "--pidfile", pid.toString(),
                "-e", "a name", "file", "file=" + disk));
        Awaitility.await().until(() -> Files.exists(pid));
        uri = URI.create("nbd://127.0.0.1:" + port + "/a%20name");
        readsEverything();
    }

    private void readsEverything() throws IOException {
        var found = new byte[SIZE];
        try (var source = NbdSource.open(uri, SETTINGS)) {
            assertThat(source.sizeBytes()).isEqualTo(SIZE);
            var data = new ArrayList<Extent>();
            for (long at = 0; at < SIZE;) {
                for (var status : source.status(at, SIZE - at)) {
                    assertThat(status.offset()).isEqualTo(at);
                    at = status.end();
                    if (!status.isZero()) {
                        data.add(new Extent(status.offset(), status.length()));
                    }
                }
            }
            assertThat(Extents.bytes(data)).isBetween(1L << 20, 3L << 20);
            for (int i = 0; i < source.connections(); i++) {
                try (var reader = source.reader()) {
                    for (long at = (long) i << 16; at < SIZE; at += (long) source.connections() << 16) {
                        if (reader.inFlight() == reader.depth()) {
                            take(reader, found);
                        }
                        reader.submit(at, 1 << 16, at);
                    }
                    while (reader.inFlight() > 0) {
                        take(reader, found);
                    }
                }
            }
            assertThat(source.read(1001, 70_003).remaining()).isEqualTo(70_003);
        }
        assertThat(disk).hasBinaryContent(found);
    }

    private static void take(BlockReader reader, byte[] found) {
        reader.take((tag, offset, bytes) -> {
            assertThat(offset).isEqualTo(tag);
            bytes.get(found, (int) offset, bytes.remaining());
        });
    }

    @Test
    void writesZeroesTrimsAndFlushes() throws IOException {
        nbdkit("file", "file=" + disk);
        var expected = Files.readAllBytes(disk);
        try (var connection = NbdConnection.open(NbdEndpoint.of(uri), SETTINGS, List.of())) {
            assertThat(connection.export().canFlush() && connection.export().canForceUnitAccess() && connection.export().canWriteZeroes()
                    && connection.export().canTrim()).isTrue();
            for (int i = 0; i < 40; i++) {
                if (connection.inFlight() == connection.depth()) {
                    connection.take((_, _, none) -> assertThat(none.hasRemaining()).isFalse());
                }
                var bytes = new byte[5000];
                java.util.Arrays.fill(bytes, (byte) i);
                System.arraycopy(bytes, 0, expected, 300_000 + i * 5000, 5000);
                connection.submitWrite(300_000 + i * 5000, ByteBuffer.wrap(bytes), i % 7 == 0, i);
            }
            while (connection.inFlight() > 0) {
                connection.take((_, _, _) -> {
                });
            }
            connection.writeZeroes(0, 100_000, false);
            connection.writeZeroes(200_000, 50_000, true);
            java.util.Arrays.fill(expected, 0, 100_000, (byte) 0);
            java.util.Arrays.fill(expected, 200_000, 250_000, (byte) 0);
            connection.trim(2 << 20, 512 << 10);
            java.util.Arrays.fill(expected, 2 << 20, (2 << 20) + (512 << 10), (byte) 0);
            connection.flush();
            connection.disconnect();
        }
        assertThat(disk).hasBinaryContent(expected);
    }

    @Test
    void refusalsAndErrorsAreFaults() {
        nbdkit("-r", "--filter=error", "file", "file=" + disk, "error-pread=EIO", "error-pread-rate=100%");
        assertFault(BlockFault.NBD_WRITE_FAILED, () -> {
            try (var connection = NbdConnection.open(NbdEndpoint.of(uri), SETTINGS, List.of())) {
                connection.writeZeroes(0, 4096, false);
            }
        });
        assertFault(BlockFault.NBD_READ_FAILED, () -> {
            try (var source = NbdSource.open(uri, SETTINGS)) {
                source.read(0, 100);
            }
        });
    }

    @Test
    void aFurtherConnectionIsMadeThoughItIsRefusedForAWhile() throws IOException {
        var count = folder.resolve("count");
        Files.writeString(count, "0");
        nbdkit("eval", "get_size=echo " + SIZE, "can_multi_conn=exit 0",
                "open=n=$(($(cat " + count + ")+1)); echo $n >" + count + "; [ $n -ne 2 ] && [ $n -ne 3 ]",
                "pread=dd if=" + disk + " bs=1 iflag=skip_bytes,count_bytes skip=$4 count=$3 status=none");
        try (var source = NbdSource.open(uri, SETTINGS.retry(RetrySettings.DEFAULT)); var file = new RandomAccessFile(disk.toFile(), "r")) {
            var expected = new byte[4096];
            file.readFully(expected);
            assertThat(source.read(0, expected.length)).isEqualTo(ByteBuffer.wrap(expected));
        }
        assertThat(Files.readString(count).strip()).isEqualTo("4");
    }

    @Test
    void anUnknownExportIsAFault() {
        var pid = folder.resolve("pid");
        supervisor.start(Command.of("qemu-nbd", "-r", "-t", "-f", "raw", "-x", "known", "-k", folder.resolve("s").toString(),
                "--pid-file=" + pid, disk.toString()));
        Awaitility.await().until(() -> Files.exists(pid));
        assertFault(BlockFault.NBD_REFUSED,
                () -> NbdSource.open(URI.create("nbd+unix:///unknown?socket=" + folder.resolve("s")), SETTINGS).close());
    }

    private static void assertFault(BlockFault code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(FaultException.class).isThrownBy(call)
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name()));
    }
}
