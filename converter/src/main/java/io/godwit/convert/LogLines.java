package io.godwit.convert;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/// The lines of a tool's log, each cut to its beginning: guests write into it too, in any encoding and at any length.
final class LogLines implements Closeable {
    private static final int LONGEST = 4096;
    private final BufferedReader reader;

    LogLines(Path log) throws IOException {
        reader = new BufferedReader(new InputStreamReader(Files.newInputStream(log), StandardCharsets.ISO_8859_1));
    }

    void forEach(Consumer<String> consumer) throws IOException {
        var line = new StringBuilder();
        for (int c = reader.read(); c >= 0; c = reader.read()) {
            if (c == '\n') {
                consumer.accept(line.toString());
                line.setLength(0);
            } else if (line.length() < LONGEST && c != '\r') {
                line.append((char) c);
            }
        }
        if (!line.isEmpty()) {
            consumer.accept(line.toString());
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
