package io.godwit.transfer;

import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is read from a file, and a target of the same size that holds old bytes.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
abstract class TargetFixture {
    static final long SIZE = 24 << 20;

    @TempDir
    Path folder;
    Rig rig;

    @BeforeEach
    void set() throws IOException {
        rig = new Rig(folder);
        Rig.makeDisk(rig.source, SIZE, 21);
        fill(rig.target, SIZE);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /// Old bytes everywhere: what is zero in the source must become zero.
    static void fill(Path file, long size) throws IOException {
        var bytes = new byte[(int) size];
        new Random(9).nextBytes(bytes);
        Files.write(file, bytes);
    }

    DiskCopy onto(TargetSpec target) throws IOException {
        return new DiskCopy("disk1", rig.sourceFile(), "source-1", target, "target-1", SIZE);
    }

    TargetSpec served(List<String> words) {
        var socket = folder.resolve("t");
        var pid = folder.resolve("t.pid");
        var command = new ArrayList<>(List.of("nbdkit", "-f", "--unix", socket.toString(), "--pidfile", pid.toString()));
        command.addAll(words);
        rig.supervisor.start(Command.of(command));
        org.awaitility.Awaitility.await().until(() -> Files.exists(pid));
        return new TargetSpec.Nbd(URI.create("nbd+unix:///?socket=" + socket));
    }

    /// Kills the server of [#served], if it still is there.
    void endServer() {
        rig.supervisor.run(Command.of("sh", "-c", "kill -9 $(cat \"$0\"); rm \"$0\" \"$1\"", folder.resolve("t.pid").toString(),
                folder.resolve("t").toString()));
    }

    static void change(Path file, long at, byte[] bytes) throws IOException {
        try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.seek(at);
            disk.write(bytes);
        }
    }
}
