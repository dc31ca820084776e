package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import io.godwit.blockio.BlockFault;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.fault.FaultCode;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import io.godwit.protocol.JobCodec;
import io.godwit.transfer.CopyFault;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A disk of 12 MiB with a hole, where to copy it to, and the servers that tests of `godwit copy` read it from.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
abstract class CopyFixture {
    static final int SIZE = 12 << 20;

    @TempDir
    Path folder;
    Supervisor supervisor;
    Path source;
    Path target;

    final List<String> loops = new ArrayList<>();

    record Ended(int code, String out, String err) {}

    @BeforeAll
    static void waitAsLongAsASlowMachineNeeds() {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    }

    @BeforeEach
    void makeDisk() throws IOException {
        supervisor = new Supervisor(folder.resolve("tmp"));
        source = folder.resolve("source");
        target = folder.resolve("target");
        var bytes = new byte[SIZE];
        new Random(5).nextBytes(bytes);
        java.util.Arrays.fill(bytes, 1 << 20, 5 << 20, (byte) 0);
        Files.write(source, bytes);
    }

    @AfterEach
    void end() {
        List.copyOf(loops).forEach(this::detach);
        supervisor.close();
    }

    /// In this JVM; what is logged beside what the command says is not among it.
    Ended run(Object... words) throws IOException, InterruptedException {
        var out = new StringWriter();
        var err = new StringWriter();
        var interruption = new Interruption(0);
        int code = CopyCommand.line(interruption).setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
                .execute(Stream.of(words).map(Object::toString).toArray(String[]::new));
        interruption.ended();
        return new Ended(code, out.toString(), err.toString());
    }

    static DiskReport report(String json) throws IOException {
        return JobCodec.read(json.getBytes(StandardCharsets.UTF_8), DiskReport.class, "the report");
    }

    String serve(String... words) {
        var socket = folder.resolve("s");
        var pid = folder.resolve("s.pid");
        var command = new ArrayList<>(List.of("nbdkit", "-f", "--unix", socket.toString(), "--pidfile", pid.toString()));
        command.addAll(List.of(words));
        supervisor.start(Command.of(command));
        await().until(() -> Files.exists(pid));
        return "nbd+unix:///?socket=" + socket;
    }

    void requireEqual() {
        supervisor.run(Command.of("cmp", source.toString(), target.toString()));
    }

    /// A device over that file, where this machine lets us.
    String loop(Path file, String... options) {
        var command = new ArrayList<>(List.of("losetup", "--find", "--show"));
        command.addAll(List.of(options));
        command.add(file.toString());
        try {
            var device = supervisor.run(Command.of(command)).strip();
            loops.add(device);
            return device;
        } catch (ChildFailure e) {
            return abort("needs a loop device: " + e.getMessage());
        }
    }

    void detach(String device) {
        supervisor.run(Command.of("losetup", "--detach", device));
        loops.remove(device);
    }

    static void requireRefused(Ended ended, String code, String why) {
        assertThat(ended.code()).as(ended.err()).isEqualTo(1);
        var remedy = Stream.<FaultCode[]>of(WorkerFault.values(), CopyFault.values(), BlockFault.values()).flatMap(Stream::of)
                .filter(each -> each.name().equals(code)).findFirst().orElseThrow().entry().remedy();
        assertThat(ended.err()).contains(why, remedy);
    }

    static void write(Path path, long at, byte[] bytes) throws IOException {
        try (var disk = new RandomAccessFile(path.toFile(), "rw")) {
            disk.seek(at);
            disk.write(bytes);
            disk.getFD().sync();
        }
    }

    long allocated() throws IOException {
        return Files.exists(target) ? Long.parseLong(supervisor.run(Command.of("stat", "-c", "%b", target.toString())).strip()) * 512 : 0;
    }

    Path secretFile(String name, String text) throws IOException {
        var file = Files.writeString(folder.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    Path export(ExportSpec spec) throws IOException {
        return Files.write(folder.resolve("export.json"), JobCodec.write(spec));
    }
}
