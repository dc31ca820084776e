package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadBackIT {
    private static final int BYTES = 300_000;

    @TempDir
    private Path folder;

    /// Such file systems are rare; here the kernel refuses the first read of the target in the place of one.
    @Test
    void goesThroughThePageCacheWhereReadsPastItAreRefused() throws Exception {
        var target = Files.write(folder.resolve("target"), bytes());
        assertThat(readUnderStrace(target, "EINVAL")).isEqualTo("PAGE_CACHE " + List.of(bytes()[BYTES - 1]));
    }

    /// A bad place is no reason to compare with what the page cache holds.
    @Test
    void staysPastThePageCacheWhereAPlaceIsBad() throws Exception {
        var target = Files.write(folder.resolve("target"), bytes());
        assertThat(readUnderStrace(target, "EIO")).isEqualTo("DEVICE " + List.of(bytes()[BYTES - 1]));
    }

    private static byte[] bytes() {
        var bytes = new byte[BYTES];
        new Random(3).nextBytes(bytes);
        return bytes;
    }

    /// What [Reading] says where its first read ends with that error.
    private String readUnderStrace(Path target, String error) throws IOException, InterruptedException {
        var trace = folder.resolve("trace");
        var said = folder.resolve("said");
        int code = new ProcessBuilder("strace", "-f", "-qq", "-o", trace.toString(), "-P", target.toString(), "-e", "trace=pread64", "-e",
                "signal=none", "-e",
                "inject=pread64:error=" + error + ":when=1", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Reading.class.getName(), target.toString())
                .redirectErrorStream(true).redirectOutput(said.toFile()).start().waitFor();
        assertThat(code).as(Files.readString(said)).isZero();
        assertThat(Files.readAllLines(trace).getFirst()).contains(error, "(INJECTED)");
        return Files.readString(said).lines().reduce("", (_, last) -> last);
    }

    /// Reads a target back on one thread, since strace counts the calls of each thread for itself.
    static final class Reading {
        private Reading() {}

        public static void main(String[] arguments) {
            try (var sink = FileSink.open(Path.of(arguments[0])); var reader = sink.reader()) {
                reader.submit(1000, BYTES - 1000, 7);
                reader.take((_, _, bytes) -> System.out.println(sink.readBack() + " " + List.of(bytes.get(bytes.limit() - 1))));
            }
        }
    }
}
