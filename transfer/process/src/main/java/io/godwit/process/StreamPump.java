package io.godwit.process;

import io.godwit.process.Command.Output;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads one stream of a child to its end, on a thread of its own, and keeps the last lines.
final class StreamPump {
    private static final int LONGEST_LINE = 8192;
    private static final int TAIL_LINES = 40;
    private static final int TAIL_CHARACTERS = 8192;

    private final InputStream from;
    private final Output to;
    private final Thread thread;
    private final ArrayDeque<String> tail = new ArrayDeque<>();
    private int tailCharacters;
    private volatile @Nullable IOException fileFailure;

    StreamPump(String name, InputStream from, Output to) {
        this.from = from;
        this.to = to;
        this.thread = Thread.ofPlatform().daemon().name(name).start(this::pump);
    }

    private void pump() {
        try (from; var file = open()) {
            var line = new ByteArrayOutputStream();
            var chunk = new byte[16384];
            OutputStream target = file;
            for (int n = from.read(chunk); n >= 0; n = from.read(chunk)) {
                if (target != null) {
                    try {
                        target.write(chunk, 0, n);
                    } catch (IOException e) { // a full disk must not block the child for ever
                        fileFailure = e;
                        target = null;
                    }
                }
                for (int i = 0; i < n; i++) {
                    if (chunk[i] == '\n') {
                        take(line);
                    } else if (line.size() < LONGEST_LINE) {
                        line.write(chunk[i]);
                    }
                }
            }
            if (line.size() > 0) {
                take(line);
            }
        } catch (IOException e) {
            // the pipe broke because the child was killed or the stream was closed: what came before is kept
        }
    }

    private @Nullable OutputStream open() {
        if (to.file() == null) {
            return null;
        }
        try {
            return Files.newOutputStream(to.file(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            fileFailure = e;
            return null;
        }
    }

    private void take(ByteArrayOutputStream bytes) {
        var text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        if (text.endsWith("\r")) {
            text = text.substring(0, text.length() - 1);
        }
        synchronized (tail) {
            tail.add(text);
            tailCharacters += text.length();
            while (tail.size() > 1 && (tail.size() > TAIL_LINES || tailCharacters > TAIL_CHARACTERS)) {
                tailCharacters -= tail.remove().length();
            }
        }
        callBack(to.lines(), text);
    }

    private static void callBack(@Nullable Consumer<String> lines, String text) {
        if (lines != null) {
            try {
                lines.accept(text);
            } catch (RuntimeException e) {
                System.getLogger(StreamPump.class.getName()).log(System.Logger.Level.WARNING, "a reader of child output failed", e);
            }
        }
    }

    String tail() {
        synchronized (tail) {
            return String.join("\n", tail);
        }
    }

    /// Why the file lacks bytes; `null` when it has all.
    @Nullable
    IOException fileFailure() {
        return fileFailure;
    }

    /// Waits until all was read; a stream that a stranger still holds open is closed after two seconds.
    void finish() {
        try {
            thread.join(2000);
            if (thread.isAlive()) {
                from.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // closed is what it should be
        }
    }
}
