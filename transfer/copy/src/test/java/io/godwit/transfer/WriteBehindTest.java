package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.blockio.FileSink;
import io.godwit.transfer.WriteBehind.Load;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class WriteBehindTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 64;

    private final Workers workers = new Workers(_ -> {
    });
    private final List<Integer> written = Collections.synchronizedList(new ArrayList<>());
    private Path file;

    @BeforeEach
    void makeFile(@TempDir Path folder) throws IOException {
        file = folder.resolve("volume");
        try (var volume = new RandomAccessFile(file.toFile(), "rw")) {
            volume.setLength((long) BLOCKS * BLOCK);
        }
    }

    @Test
    void whatItWasGivenIsWrittenWhenItIsClosed() throws IOException {
        try (var sink = FileSink.open(file)) {
            try (var behind = new WriteBehind("write", sink, BLOCK, tag -> written.add((int) tag), _ -> {
            }, workers)) {
                for (int block = 0; block < BLOCKS; block++) {
                    give(behind, block);
                }
            }
        }
        workers.rethrow();
        assertThat(written).hasSize(BLOCKS).doesNotHaveDuplicates();
        var bytes = Files.readAllBytes(file);
        for (int block = 0; block < BLOCKS; block++) {
            assertThat(bytes[block * BLOCK]).isEqualTo((byte) (block + 1));
            assertThat(bytes[(block + 1) * BLOCK - 1]).isEqualTo((byte) (block + 1));
        }
    }

    private static void give(WriteBehind behind, int block) {
        var bytes = behind.empty();
        if (bytes == null) {
            throw new AssertionError("the writing is over at block " + block);
        }
        while (bytes.hasRemaining()) {
            bytes.put((byte) (block + 1));
        }
        var load = new Load();
        load.add(block, (long) block * BLOCK, bytes.flip());
        behind.write(load, bytes);
    }

    @Test
    void whoReadsWaitsWhileAllBuffersAreFull() throws Exception {
        var mayGoOn = new CountDownLatch(1);
        try (var sink = FileSink.open(file);
                var behind = new WriteBehind("write", sink, BLOCK, tag -> written.add((int) tag), _ -> await(mayGoOn), workers)) {
            for (int block = 0; block < 8; block++) {
                give(behind, block);
            }
            var ninth = CompletableFuture.supplyAsync(behind::empty);
            assertThatExceptionOfType(java.util.concurrent.TimeoutException.class).isThrownBy(() -> ninth.get(100, TimeUnit.MILLISECONDS));
            mayGoOn.countDown();
            assertThat(ninth.get(10, TimeUnit.SECONDS)).isNotNull().satisfies(bytes -> assertThat(bytes.remaining()).isEqualTo(BLOCK));
        }
        assertThat(written).hasSize(8);
    }

    @Test
    void afterAFailureNobodyWaitsAnyMore() throws Exception {
        try (var sink = FileSink.open(file); var behind = new WriteBehind("write", sink, BLOCK, _ -> {
        }, _ -> {
            throw new IllegalStateException("the checkpoint could not be saved");
        }, workers)) {
            give(behind, 0);
            var last = CompletableFuture.supplyAsync(() -> {
                ByteBuffer bytes = behind.empty();
                while (bytes != null) {
                    bytes = behind.empty();
                }
                return workers.failed();
            });
            assertThat(last.get(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(workers::rethrow)
                .withMessage("the checkpoint could not be saved");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
