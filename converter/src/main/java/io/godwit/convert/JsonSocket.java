package io.godwit.convert;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON lines over a unix socket, as QEMU's monitor and its guest agent speak them. A guest can write into the agent's: lines are bounded, and
/// what nobody waits for is dropped.
final class JsonSocket implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int LONGEST_LINE = 64 * 1024;

    private final SocketChannel channel;
    private final BlockingQueue<JsonNode> received = new ArrayBlockingQueue<>(256);

    private JsonSocket(SocketChannel channel) {
        this.channel = channel;
        Thread.ofVirtual().name("json-socket").start(this::receive);
    }

    static JsonSocket connect(Path socket) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new JsonSocket(channel);
    }

    private void receive() {
        try (var reader = new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
            var line = new StringBuilder();
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                if (c == '\n') {
                    take(line.toString());
                    line.setLength(0);
                } else if (line.length() < LONGEST_LINE) {
                    line.append((char) c);
                }
            }
        } catch (IOException e) {
            // closed, by us or with QEMU
        }
    }

    private void take(String line) {
        var start = line.indexOf('{');
        try {
            if (start >= 0) {
                var _ = received.offer(JSON.readTree(line.substring(start)));
            }
        } catch (JacksonException e) {
            // a guest's noise
        }
    }

    void send(String json) throws IOException {
        var bytes = ByteBuffer.wrap((json + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Waits for an object that has one of these members; drops others.
    Optional<JsonNode> await(Duration limit, String... members) throws InterruptedException {
        var deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            @Nullable
            JsonNode next = received.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (next == null) {
                return Optional.empty();
            }
            for (var member : members) {
                if (next.has(member)) {
                    return Optional.of(next);
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing was to be sent any more
        }
    }
}
