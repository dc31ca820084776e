package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `godwit copy` as a process of its own.
abstract class CopyProcessFixture extends CopyFixture {
    final ProcessBuilder copy(Object... words) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                CopyMain.class.getName()));
        for (var word : words) {
            command.add(word.toString());
        }
        return new ProcessBuilder(command).redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile());
    }

    @Override
    Ended run(Object... words) throws IOException, InterruptedException {
        var process = copy(words).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readString(folder.resolve("out")), Files.readString(folder.resolve("err")));
    }

    static boolean isZero(Path path, long at, int length) throws IOException {
        var bytes = new byte[length];
        try (var disk = new RandomAccessFile(path.toFile(), "r")) {
            if (disk.length() < at + length) {
                return true; // it is being cleared
            }
            disk.seek(at);
            disk.readFully(bytes);
        } catch (java.io.EOFException e) {
            return true;
        }
        return java.util.Arrays.equals(bytes, new byte[length]);
    }
}
