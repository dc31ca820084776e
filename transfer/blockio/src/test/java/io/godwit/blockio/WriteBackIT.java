package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against the kernel, whose fincore(1) tells what of a file its page cache holds.
class WriteBackIT {
    private static final int MIB = 1 << 20;
    private static final int DISK = 256 * MIB;
    private static final long MOST_LEFT = 160L * MIB; // of a disk whose last 64 MiB and what waits for them may stay

    @TempDir
    Path folder;
    private Path target;

    @BeforeEach
    void makeTarget() throws IOException {
        target = folder.resolve("target");
        try (var file = new RandomAccessFile(target.toFile(), "rw")) {
            file.setLength(DISK);
        }
        var type = Files.getFileStore(target).type();
        assumeFalse(type.equals("tmpfs"), "a file in memory has no device to be written back to");
        assumeFalse(type.equals("overlay"), "on an overlay the kernel takes the order to write back and does nothing");
    }

    @Test
    void writtenDataGoesToTheDeviceAndLeavesThePageCacheBeforeAnyFlush() throws IOException {
        try (var sink = FileSink.open(target); var writer = sink.writer(_ -> {
        })) {
            var bytes = ByteBuffer.allocateDirect(MIB);
            for (int at = 0; at < DISK; at += MIB) {
                bytes.clear().putInt(0, at);
                writer.write(at, bytes, 0);
            }

            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> cachedBytes() < MOST_LEFT);
        }
        try (var file = new RandomAccessFile(target.toFile(), "r")) {
            for (int at = 0; at < DISK; at += MIB) {
                file.seek(at);
                assertThat(file.readInt()).isEqualTo(at);
            }
        }
    }

    @Test
    void whatIsScatteredGoesToTheDeviceToo() throws IOException {
        int piece = 32 << 10;
        try (var sink = FileSink.open(target); var writer = sink.writer(_ -> {
        })) {
            var bytes = ByteBuffer.allocateDirect(piece);
            for (int at = 0; at < DISK; at += 4 * piece) {
                for (int from : new int[]{at + 2 * piece, at}) { // as two readers may bring them
                    bytes.clear().putInt(0, from);
                    writer.write(from, bytes, 0);
                }
            }

            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> cachedBytes() < 80L * MIB); // of 128 that were written
        }
        try (var file = new RandomAccessFile(target.toFile(), "r")) {
            for (int at = 0; at < DISK; at += 2 * piece) {
                file.seek(at);
                assertThat(file.readInt()).isEqualTo(at);
                assertThat(file.readInt()).isZero();
            }
        }
    }

    @Test
    void aSinkIsClosedWhileMuchIsNotWrittenBack() {
        try (var sink = FileSink.open(target); var writer = sink.writer(_ -> {
        })) {
            var bytes = ByteBuffer.allocateDirect(MIB);
            for (int at = 0; at < 32 * MIB; at += MIB) {
                writer.write(at, bytes.clear(), 0);
            }
        }

        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(each -> each.isAlive() && each.getName().equals("write-back"));
    }

    private long cachedBytes() throws IOException, InterruptedException {
        var fincore = new ProcessBuilder("fincore", "--bytes", "--noheadings", "--output", "RES", target.toString())
                .redirectErrorStream(true).start();
        var told = new String(fincore.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(fincore.waitFor()).as(told).isZero();
        return Long.parseLong(told);
    }
}
