package io.godwit.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.limit.CopyShare;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against peers that answer what a worker never should; the real one is met in the worker's own tests.
class WorkerClientTest {
    private static final WorkerReport REPORT = new WorkerReport(1, 7, new JobStatus.Running(new JobName("copy-1"), JobProgress.NONE));

    @TempDir
    private Path folder;

    @Test
    void asksForTheVersionAfterTheOneItKnows() throws Exception {
        var body = new String(JobCodec.write(REPORT), StandardCharsets.UTF_8);
        try (var peer = new CannedPeer(folder.resolve("s"), "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                var client = new WorkerClient(Duration.ofSeconds(5))) {
            assertThat(client.status(peer.path, 6, Duration.ofSeconds(3))).isEqualTo(REPORT);
            assertThat(peer.heard()).startsWith("GET /status?after=6&wait=3 HTTP/1.1\r\n");
        }
    }

    @Test
    void givesUpOnAPeerThatSaysNothing() throws Exception {
        try (var peer = new CannedPeer(folder.resolve("s"), null); var client = new WorkerClient(Duration.ofMillis(100))) {
            assertThatThrownBy(() -> client.control(peer.path, new Control.Cancel())).isInstanceOf(IOException.class)
                    .hasMessageContaining("no answer within PT0.1S");
        }
    }

    @Test
    void takesNoHalfAnswer() throws Exception {
        try (var peer = new CannedPeer(folder.resolve("s"), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"attempt\":1");
                var client = new WorkerClient(Duration.ofSeconds(5))) {
            assertThatThrownBy(() -> client.status(peer.path, 0, Duration.ZERO)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void tellsARefusalFromSilence() throws Exception {
        try (var peer = new CannedPeer(folder.resolve("s"), "HTTP/1.1 409 Conflict\r\nContent-Length: 5\r\n\r\nother");
                var client = new WorkerClient(Duration.ofSeconds(5))) {
            assertThatThrownBy(() -> client.control(peer.path, new Control.Limits(CopyShare.UNLIMITED)))
                    .isInstanceOfSatisfying(WorkerRefusedException.class,
                            refused -> assertThat(refused.status()).isEqualTo(409))
                    .hasMessageContaining("other");
        }
    }

    @Test
    void failsAtOnceWhereNobodyListens() {
        try (var client = new WorkerClient(Duration.ofMinutes(1))) {
            assertThatThrownBy(() -> client.status(folder.resolve("none"), 0, Duration.ZERO)).isInstanceOf(IOException.class)
                    .hasMessageContaining(folder.resolve("none").toString());
        }
    }

    /// Takes one connection, reads what comes, says its line and hangs up; without a line it stays silent.
    private static final class CannedPeer implements AutoCloseable {
        final Path path;
        private final ServerSocketChannel listening;
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        CannedPeer(Path path, @org.jspecify.annotations.Nullable String answer) throws IOException {
            this.path = path;
            listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.bind(UnixDomainSocketAddress.of(path));
            Thread.ofVirtual().start(() -> {
                try (var connection = listening.accept()) {
                    var buffer = ByteBuffer.allocate(4096);
                    connection.read(buffer);
                    heard.add(new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
                    if (answer == null) {
                        connection.read(buffer.clear()); // until the client hangs up
                    } else {
                        Channels.newOutputStream(connection).write(answer.getBytes(StandardCharsets.UTF_8));
                    }
                } catch (IOException e) {
                    heard.add("failed: " + e);
                }
            });
        }

        String heard() throws InterruptedException {
            var text = heard.poll(5, TimeUnit.SECONDS);
            return text == null ? "" : text;
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }
}
