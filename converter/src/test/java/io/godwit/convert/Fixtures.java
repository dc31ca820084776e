package io.godwit.convert;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What real tools said, recorded.
final class Fixtures {
    private Fixtures() {}

    static String text(String name) {
        try (var in = Fixtures.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new AssertionError("no fixture " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<V2vMessage> messages(String name) {
        return text(name).lines().flatMap(line -> V2vMessage.parse(line).stream()).toList();
    }

    static V2vLog log(Path folder, String text) {
        try {
            return V2vLog.read(Files.writeString(folder.resolve("v2v.log"), text, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
