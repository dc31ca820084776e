package io.godwit.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.blockio.RetrySettings;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/// A folder with a disk, exports and the secrets that they are given.
final class TestMachine implements AutoCloseable {
    static final int SIZE = 4 << 20;

    final Path folder;
    final Path disk;
    final Map<String, String> secrets = new ConcurrentHashMap<>();
    final Supervisor supervisor;
    final Exports exports;

    TestMachine(Path folder, @Nullable Path plugins) throws IOException {
        this.folder = folder;
        supervisor = new Supervisor(folder.resolve("tmp"));
        exports = new Exports(supervisor, Files.createDirectories(folder.resolve("run")), folder, secrets::get, plugins);
        disk = makeDisk(folder.resolve("disk.raw"));
    }

    /// Data at both ends, a hole between.
    static Path makeDisk(Path file) throws IOException {
        var data = new byte[1 << 20];
        new Random(7).nextBytes(data);
        try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(SIZE);
            disk.write(data);
            disk.seek(SIZE - data.length);
            disk.write(data);
        }
        return file;
    }

    /// All of it, through one connection, with the patience of a few seconds.
    /// @return what was thrown, which is of that kind
    static FaultException assertFault(FaultCode code, ThrowingCallable call) {
        var thrown = catchThrowableOfType(FaultException.class, call);
        assertThat(thrown).as("what was to throw %s", code).isNotNull();
        assertThat(thrown.fault().code()).as(thrown.getMessage()).isEqualTo(code.name());
        return thrown;
    }

    static byte[] read(Export export) {
        return read(export, Duration.ofSeconds(20));
    }

    static byte[] read(Export export, Duration patience) {
        return read(export, patience, () -> {
        });
    }

    /// @param halfWay done when half of it was read
    static byte[] read(Export export, Duration patience, Executable halfWay) {
        var settings = new NbdSettings(1, 4, 64 << 10, Duration.ofSeconds(60))
                .retry(new RetrySettings(1000, patience, Duration.ofMillis(50), Duration.ofMillis(200)));
        try (var source = NbdSource.open(export.uri(), settings)) {
            var all = new byte[Math.toIntExact(source.sizeBytes())];
            var reader = source.reader();
            for (int at = 0; at < all.length; at += 64 << 10) {
                if (at == all.length / 2) {
                    run(halfWay);
                }
                reader.submit(at, Math.min(64 << 10, all.length - at), 0);
                reader.take((_, offset, bytes) -> bytes.get(all, (int) offset, bytes.remaining()));
            }
            return all;
        } catch (FaultException e) {
            throw export.explained(e);
        }
    }

    private static void run(Executable step) {
        try {
            step.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /// Something that may fail.
    interface Executable {
        void run() throws Exception;
    }

    /// Arguments and environment of every process of this machine but ours.
    static List<String> whatProcessesShow() throws IOException {
        var shown = new java.util.ArrayList<String>();
        var self = ProcessHandle.current().pid();
        try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var process : all) {
                if (!process.endsWith(Long.toString(self))) {
                    for (var name : List.of("cmdline", "environ")) {
                        shown.add(contents(process.resolve(name)));
                    }
                }
            }
        }
        return shown;
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /// Contents of all files below the folder that tools are given their files in.
    List<String> whatLiesAround() throws IOException {
        try (var files = Files.walk(folder.resolve("run"))) {
            return files.filter(Files::isRegularFile).map(TestMachine::contents).toList();
        }
    }

    static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    static Path peers() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve("peers"))) {
                return folder.resolve("peers");
            }
        }
        throw new IllegalStateException("no folder peers above " + Path.of("").toAbsolutePath());
    }

    @Override
    public void close() {
        supervisor.close();
        exports.close();
    }
}
