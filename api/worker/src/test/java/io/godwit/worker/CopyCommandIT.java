package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import io.godwit.blockio.BlockFault;
import io.godwit.export.HttpsPeer;
import io.godwit.export.SshdPeer;
import io.godwit.export.VddkPeer;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.model.fault.FaultCode;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import io.godwit.protocol.JobCodec;
import io.godwit.transfer.CopyFault;
import java.io.IOException;
import java.io.RandomAccessFile;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `godwit copy` as a process of its own.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CopyCommandIT {
    private static final int SIZE = 12 << 20;

    @TempDir
    Path folder;
    private Supervisor supervisor;
    private Path source;
    private Path target;

    private final List<String> loops = new ArrayList<>();

    private record Ended(int code, String out, String err) {}

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

    private ProcessBuilder copy(Object... words) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                CopyMain.class.getName()));
        for (var word : words) {
            command.add(word.toString());
        }
        return new ProcessBuilder(command).redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile());
    }

    private Ended run(Object... words) throws IOException, InterruptedException {
        var process = copy(words).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readString(folder.resolve("out")), Files.readString(folder.resolve("err")));
    }

    private static DiskReport report(String json) throws IOException {
        return JobCodec.read(json.getBytes(StandardCharsets.UTF_8), DiskReport.class, "the report");
    }

    private String serve(String... words) {
        var socket = folder.resolve("s");
        var pid = folder.resolve("s.pid");
        var command = new ArrayList<>(List.of("nbdkit", "-f", "--unix", socket.toString(), "--pidfile", pid.toString()));
        command.addAll(List.of(words));
        supervisor.start(Command.of(command));
        await().until(() -> Files.exists(pid));
        return "nbd+unix:///?socket=" + socket;
    }

    /// qemu-nbd as it is unless told otherwise: one client, and its end when that leaves.
    private String serveOnce(String name, Path file, String... words) {
        var socket = folder.resolve(name);
        var pid = folder.resolve(name + ".pid");
        supervisor
                .start(Command.of("qemu-nbd", "-f", "raw", "-k", socket.toString(), "--pid-file=" + pid).with(words).with(file.toString()));
        await().until(() -> Files.exists(pid));
        return "nbd+unix:///?socket=" + socket;
    }

    @ParameterizedTest
    @ValueSource(strings = {"--read-only", "--cache=writeback"})
    void copiesBetweenServersOfOneClient(String how) throws Exception {
        long size = (2L << 30) + (32 << 20) + 512; // so that there is more than one question for what is data
        var random = new Random(7);
        try (var disk = new RandomAccessFile(source.toFile(), "rw"); var volume = new RandomAccessFile(target.toFile(), "rw")) {
            disk.setLength(size);
            volume.setLength(size);
            for (long at : List.of(20L << 20, 1L << 30, (2L << 30) - 1_000_000)) {
                var bytes = new byte[6_000_000];
                random.nextBytes(bytes);
                disk.seek(at);
                disk.write(bytes);
            }
        }
        var from = run(serveOnce("from", source, how), folder.resolve("file"), "-o", "json");
        assertThat(from.code()).as(from.err()).isZero();
        assertThat(report(from.out()).verified()).isTrue();
        supervisor.run(Command.of("cmp", source.toString(), folder.resolve("file").toString()));
        var both = run(serveOnce("from2", source, how), serveOnce("to", target), "-o", "json");
        assertThat(both.code()).as(both.err()).isZero();
        assertThat(report(both.out()).verified()).isTrue();
        requireEqual();
    }

    @Test
    void keepsOffTheTargetOfAnother() throws Exception {
        Files.write(target, new byte[SIZE]);
        var first = copy(source, target, "--limit", "1MiB").start();
        try {
            await().until(() -> Files.size(target) == SIZE && allocatedBytes(target) > 1 << 20 && allocatedBytes(target) < SIZE);
            var second = run(source, target);
            assertThat(second.code()).isEqualTo(1);
            assertThat(second.err()).contains("another copy writes to it");
        } finally {
            first.destroyForcibly().waitFor();
        }
        assertThat(run(source, target).code()).isZero(); // the lock has died with its process
        requireEqual();
    }

    private long allocatedBytes(Path file) {
        return Long.parseLong(supervisor.run(Command.of("stat", "-c", "%b", file.toString())).strip()) * 512;
    }

    private void requireEqual() {
        supervisor.run(Command.of("cmp", source.toString(), target.toString()));
    }

    @Test
    void makesAFileAndProvesIt() throws Exception {
        var proof = folder.resolve("proof.json");
        var ended = run(source, target, "--report", proof, "--verify", "full");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("8.0 MiB of data copied", "read back and equal (XXH3-128, root ").doesNotContain("the target has");
        assertThat(report(Files.readString(proof)).verified()).isTrue();
        requireEqual();
        try (var left = Files.list(folder)) {
            assertThat(left.map(each -> each.getFileName().toString())).containsExactlyInAnyOrder("source", "target", "proof.json", "out",
                    "err", "tmp");
        }
    }

    @Test
    void tellsTheRootOfTheSourceWithoutReadingBack() throws Exception {
        var proven = report(run(source, target, "-o", "json", "--digest", "SHA-256").out());
        var told = report(run(source, target, "-o", "json", "--digest", "SHA-256", "--verify", "off").out());
        assertThat(told.sourceRoot()).isEqualTo(proven.sourceRoot()).isNotEmpty();
        assertThat(told.targetRoot()).isNull();
        assertThat(report(run(source, target, "-o", "json", "--verify", "off").out()).sourceRoot()).isEmpty();
        requireEqual();
        assertThat(run(source, target, "--digest", "none").code()).isEqualTo(2);
    }

    /// Users of qemu-img know formats that are guessed.
    @ParameterizedTest
    @CsvSource({"qcow2,qcow2,QCOW2", "vmdk,vmdk,VMDK", "vhdx,vhdx,VHDX", "vpc,vhd,VHD"})
    void saysWhereARawSourceBeginsAsAnImageDoes(String driver, String format, String name) throws Exception {
        var image = folder.resolve("image");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", driver, source.toString(), image.toString()));
        var note = "begins as a " + name + " image does";
        var ended = run(image, target);
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.err()).contains(note, "--format " + format);
        assertThat(target).hasSameBinaryContentAs(image);
        assertThat(run(image, target, "--format", "raw").err()).doesNotContain(note);
        assertThat(run(source, target).err()).doesNotContain("note");
    }

    @ParameterizedTest
    @CsvSource({"qcow2,qcow2", "vmdk,vmdk", "vpc,vhd", "vhdx,vhdx"})
    void readsImagesOfTheFormatThatItIsTold(String driver, String format) throws Exception {
        var image = folder.resolve("image");
        var create = new ArrayList<>(List.of("qemu-img", "create", "-f", driver, image.toString(), Integer.toString(SIZE)));
        if (driver.equals("vpc")) {
            create.addAll(List.of("-o", "force_size=on")); // VHD rounds to cylinders otherwise
        }
        supervisor.run(Command.of(create));
        supervisor.run(Command.of("qemu-img", "convert", "-n", "-f", "raw", "-O", driver, source.toString(), image.toString()));
        var ended = run(image, target, "--format", format, "-o", "json");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(report(ended.out()).verified()).isTrue();
        requireEqual();
    }

    @Test
    void copiesFromAServerOntoAServer() throws Exception {
        supervisor.run(Command.of("truncate", "-s", Integer.toString(SIZE), target.toString()));
        var to = serve("file", "file=" + target);
        var ended = run(source, to, "--verify=sampled", "-o", "json");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(report(ended.out()).targetRoot()).isNull();
        requireEqual();
    }

    @Test
    void writesChangedExtentsOnly() throws Exception {
        assertThat(run(source, target).code()).isZero();
        try (var disk = new java.io.RandomAccessFile(source.toFile(), "rw")) {
            disk.seek(300_000);
            disk.write(new byte[70_000]);
            disk.seek(9_000_000);
            disk.write(new byte[]{1, 2, 3});
        }
        var list = Files.writeString(folder.resolve("list"), "# offset length\n300000 70000\n0x895440, 3\n");
        var ended = run(source, target, "--changed-extents", list, "-o", "json");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(report(ended.out()).dataBytes()).isLessThan(100_000);
        requireEqual();
    }

    /// A device over that file, where this machine lets us.
    private String loop(Path file, String... options) {
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

    private void detach(String device) {
        supervisor.run(Command.of("losetup", "--detach", device));
        loops.remove(device);
    }

    @Test
    void refusesToWriteADiskOntoItself() throws Exception {
        var before = Files.readAllBytes(source);
        var link = Files.createSymbolicLink(folder.resolve("link"), source);
        var hardLink = Files.createLink(folder.resolve("hard"), source);
        for (var same : List.of(source, link, hardLink, folder.resolve("./source"))) {
            requireRefused(run(source, same), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
            requireRefused(run(same, source, "--format", "qcow2"), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        }
        requireRefused(run("nbd://LOCALHOST/x", "nbd://localhost:10809/x"), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        assertThat(Files.readAllBytes(source)).isEqualTo(before);
    }

    @Test
    void refusesToWriteADiskOntoADeviceThatIsMadeOfIt() throws Exception {
        var before = Files.readAllBytes(source);
        var device = loop(source);
        var second = loop(source, "--offset", "1048576");
        requireRefused(run(source, device), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        requireRefused(run(device, source), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        requireRefused(run(device, second), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        assertThat(Files.readAllBytes(source)).isEqualTo(before);
    }

    private static void requireRefused(Ended ended, String code, String why) {
        assertThat(ended.code()).as(ended.err()).isEqualTo(1);
        var remedy = Stream.<FaultCode>concat(Stream.of(WorkerFault.values()), Stream.of(CopyFault.values()))
                .filter(each -> each.name().equals(code)).findFirst().orElseThrow().entry().remedy();
        assertThat(ended.err()).contains(why, remedy);
    }

    @Test
    void takesNoOtherFileForItsCheckpoint() throws Exception {
        var letter = Files.writeString(folder.resolve("letter"), "Dear Sir");
        requireRefused(run(source, target, "--checkpoint", letter), "COPY_CHECKPOINT_UNFIT", "it holds something else");
        Files.copy(letter, folder.resolve("c.last"));
        requireRefused(run(source, target, "--checkpoint", folder.resolve("c")), "COPY_CHECKPOINT_UNFIT", "c.last cannot be");
        requireRefused(run(source, target, "--checkpoint", folder), "COPY_CHECKPOINT_UNFIT", "it is no file");
        requireRefused(run(source, target, "--checkpoint", source), "COPY_FILE_TWICE", "that is SOURCE");
        requireRefused(run(source, target, "--checkpoint", target), "COPY_FILE_TWICE", "that is TARGET");
        requireRefused(run(source, target, "--checkpoint", "x", "--report", "x"), "COPY_FILE_TWICE", "that is --report");
        requireRefused(run(source, target, "--report", target), "COPY_FILE_TWICE", "that is TARGET");
        requireRefused(run(source, target, "--report", source), "COPY_FILE_TWICE", "that is SOURCE");
        assertThat(target).doesNotExist();
        assertThat(letter).hasContent("Dear Sir");
        assertThat(folder.resolve("c.last")).hasContent("Dear Sir");
        var empty = Files.createFile(folder.resolve("empty")); // as mktemp makes it
        assertThat(run(source, target, "--checkpoint", empty).code()).isZero();
        assertThat(report(run(source, target, "--checkpoint", empty, "-o", "json").out()).resumedBytes()).isEqualTo(8 << 20);
    }

    @Test
    void readsTheListOfChangesBeforeItMakesAnything() throws Exception {
        var list = Files.writeString(folder.resolve("list"), "010 0x10\n");
        requireRefused(run(source, target, "--changed-extents", list), "COPY_TARGET_UNUSABLE", "there is no such file");
        assertThat(target).doesNotExist();
        Files.write(target, new byte[SIZE]);
        assertThat(run(source, target, "--changed-extents", list).code()).isZero();
        var expected = new byte[SIZE];
        System.arraycopy(Files.readAllBytes(source), 10, expected, 10, 16);
        assertThat(Files.readAllBytes(target)).isEqualTo(expected);
        Files.writeString(list, "0x 1\n");
        Files.delete(target);
        requireRefused(run(source, target, "--changed-extents", list), "COPY_EXTENTS_UNREADABLE", "cannot be read");
    }

    @Test
    void goesOnFromItsCheckpointAfterAKillAndAfterCtrlC() throws Exception {
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=150ms");
        var checkpoint = folder.resolve("checkpoint");
        Object[] words = {slow, target, "--checkpoint", checkpoint, "--request-size", "64KiB", "--requests", "1", "-o", "json"};
        var killed = copy(words).start();
        await().until(() -> allocated() > 1 << 20);
        killed.destroyForcibly().waitFor();
        var interrupted = copy(words).start();
        await().until(() -> allocated() > 3 << 20);
        supervisor.run(Command.of("sh", "-c", "kill -TERM \"$0\"", Long.toString(interrupted.pid())));
        assertThat(interrupted.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted.exitValue()).isIn(130, 143);
        var ended = run(words);
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(report(ended.out()).resumedBytes()).isGreaterThan(2 << 20);
        requireEqual();
        assertThat(checkpoint).as("proves nothing once it is done: the export may hold other bytes by then").doesNotExist();
    }

    @Test
    void copiesADeviceAnewAfterItsBytesChanged() throws Exception {
        var device = loop(source);
        var checkpoint = folder.resolve("checkpoint");
        assertThat(run(device, target, "--checkpoint", checkpoint).code()).isZero();
        assertThat(checkpoint).doesNotExist();
        write(Path.of(device), 6 << 20, new byte[]{1, 2, 3, 4});
        assertThat(run(device, target, "--checkpoint", checkpoint, "--verify", "off").code()).isZero();
        supervisor.run(Command.of("cmp", device, target.toString()));
    }

    private static void write(Path path, long at, byte[] bytes) throws IOException {
        try (var disk = new java.io.RandomAccessFile(path.toFile(), "rw")) {
            disk.seek(at);
            disk.write(bytes);
            disk.getFD().sync();
        }
    }

    /// Begins a copy onto a device, and ends it when some of it was written.
    private Object[] begunOnto(String device, Path checkpoint, Path backing) throws Exception {
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=100ms");
        Object[] words = {slow, device, "--checkpoint", checkpoint, "--verify", "off", "--request-size", "64KiB", "--requests", "1", "-o",
                "json"};
        var begun = copy(words).start();
        await().until(() -> !isZero(backing, 0, 1 << 20) && !isZero(backing, 5 << 20, 64 << 10));
        supervisor.run(Command.of("sh", "-c", "kill -TERM \"$0\"", Long.toString(begun.pid())));
        assertThat(begun.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(checkpoint).exists();
        return words;
    }

    private static boolean isZero(Path path, long at, int length) throws IOException {
        var bytes = new byte[length];
        try (var disk = new java.io.RandomAccessFile(path.toFile(), "r")) {
            disk.seek(at);
            disk.readFully(bytes);
        }
        return java.util.Arrays.equals(bytes, new byte[length]);
    }

    @Test
    void goesOnOntoTheSameDevice() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device));
        var ended = run(words);
        assertThat(report(ended.out()).resumedBytes()).as(ended.err()).isPositive();
        supervisor.run(Command.of("cmp", source.toString(), device));
    }

    @Test
    void doesNotGoOnOntoADeviceThatHoldsOtherBytesNow() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device));
        write(Path.of(device), 0, new byte[SIZE]);
        var ended = run(words);
        assertThat(ended.err()).contains("does not hold what was copied before");
        assertThat(report(ended.out()).resumedBytes()).isZero();
        supervisor.run(Command.of("cmp", source.toString(), device));
    }

    @Test
    void doesNotGoOnOntoADeviceThatWasMadeAnew() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device));
        detach(device);
        supervisor.run(Command.of("losetup", device, target.toString()));
        loops.add(device);
        var ended = run(words);
        assertThat(report(ended.out()).resumedBytes()).as(ended.err()).isZero();
        supervisor.run(Command.of("cmp", source.toString(), device));
    }

    @Test
    void copiesOntoALargerDevice() throws Exception {
        var old = new byte[SIZE + (1 << 20)];
        java.util.Arrays.fill(old, (byte) 7);
        Files.write(target, old);
        var device = loop(target);
        var proof = folder.resolve("proof.json");
        var ended = run(source, device, "--report", proof);
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("the target has " + old.length + " bytes: its first " + SIZE + " are the disk");
        assertThat(report(Files.readString(proof)).targetBytes()).isEqualTo(old.length);
        detach(device);
        var expected = old.clone();
        System.arraycopy(Files.readAllBytes(source), 0, expected, 0, SIZE);
        assertThat(Files.readAllBytes(target)).isEqualTo(expected);
    }

    @Test
    void copiesOntoALargerExportAndOntoNoSmallerOne() throws Exception {
        supervisor.run(Command.of("truncate", "-s", "13M", target.toString()));
        var to = serve("file", "file=" + target);
        var ended = run(source, to);
        assertThat(ended.code()).as(ended.err()).isZero();
        supervisor.run(Command.of("cmp", "-n", Integer.toString(SIZE), source.toString(), target.toString()));
        var longer = Files.write(folder.resolve("longer"), new byte[14 << 20]);
        requireRefused(run(longer, to), "COPY_SIZES_UNFIT", "the source has 14680064 bytes, the target 13631488");
    }

    @Test
    void remakesAFileOfAnotherSize() throws Exception {
        for (int size : new int[]{512, SIZE + 512}) {
            Files.write(target, new byte[size]);
            var list = Files.writeString(folder.resolve("list"), "0 10\n");
            requireRefused(run(source, target, "--changed-extents", list), "COPY_SIZES_UNFIT",
                    "the source has " + SIZE + " bytes, the target " + size);
            assertThat(target).hasSize(size);
            assertThat(run(source, target).code()).isZero();
            requireEqual();
        }
    }

    @Test
    void saysThatItWasInterruptedAndLeavesNothing() throws Exception {
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=200ms");
        for (var checkpoint : List.of(List.<String>of(), List.of("--checkpoint", folder.resolve("checkpoint").toString()))) {
            var temporary = Files.createDirectories(folder.resolve("temporary" + checkpoint.size()));
            var words = new ArrayList<Object>(List.of(slow, target, "--request-size", "64KiB", "--requests", "1"));
            words.addAll(checkpoint);
            var command = copy(words.toArray());
            command.command().addAll(0, List.of("env", "--default-signal=INT"));
            command.command().add(3, "-Djava.io.tmpdir=" + temporary);
            Files.deleteIfExists(target);
            var process = command.start();
            await().until(() -> allocated() > 0);
            supervisor.run(Command.of("sh", "-c", "kill -INT \"$0\"", Long.toString(process.pid())));
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(130);
            assertThat(Files.readString(folder.resolve("err"))).contains("interrupted: the copy is not whole").contains(checkpoint.isEmpty()
                    ? "Without --checkpoint the next run begins from zero."
                    : "it goes on from " + checkpoint.getLast());
            try (var left = Files.list(temporary)) {
                assertThat(left.filter(Files::isDirectory)).isEmpty();
            }
        }
    }

    @Test
    void tellsWhichSampleItReadBack() throws Exception {
        var sampled = report(run(source, target, "--verify", "sampled", "-o", "json").out());
        assertThat(sampled.verify()).isEqualTo(Verify.SAMPLED);
        assertThat(sampled.blocks()).isEqualTo(48);
        assertThat(sampled.verifiedBlocks()).as("a sixteenth").isEqualTo(3);
        assertThat(sampled.sampleSeed()).isNotNull()
                .isNotEqualTo(report(run(source, target, "--verify", "sampled", "-o", "json").out()).sampleSeed());
        var whole = report(run(source, target, "-o", "json").out());
        assertThat(whole.verify()).isEqualTo(Verify.FULL);
        assertThat(whole.verifiedBlocks()).isEqualTo(whole.blocks());
        assertThat(report(run(source, target, "--verify", "off", "-o", "json").out()).verifiedBlocks()).isZero();
    }

    private long allocated() throws IOException {
        return Files.exists(target) ? Long.parseLong(supervisor.run(Command.of("stat", "-c", "%b", target.toString())).strip()) * 512 : 0;
    }

    private Path secretFile(String name, String text) throws IOException {
        var file = Files.writeString(folder.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    @Test
    void readsFromAWebServerAsAUser() throws Exception {
        try (var peer = new HttpsPeer(folder, source)) {
            peer.guard = HttpsPeer.Guard.BASIC;
            var ca = Files.writeString(folder.resolve("ca.pem"), peer.certificate());
            var password = secretFile("password", HttpsPeer.PASSWORD + "\n");
            var url = peer.url("/disk").toString().replace("//", "//domain%5Creader@");
            var ended = run(url, target, "--ca-file", ca, "--password-file", password, "-o", "json");
            assertThat(ended.code()).as(ended.err()).isZero();
            assertThat(report(ended.out()).verified()).isTrue();
            requireEqual();
            assertThat(run(url, target, "--password-file", password)).matches(
                    failed -> failed.code() == 1 && failed.err().contains("certificate") && failed.err().contains("give its authority"));
            assertThat(run(url, target, "--ca-file", ca).err()).contains("--password-file is missing");
            Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r-----"));
            assertThat(run(url, target, "--ca-file", ca, "--password-file", password).err()).contains("GROUP_READ", "chmod 600");
            assertThat(run(url.replace("@", ":pass@"), target, "--ca-file", ca).err()).contains("SOURCE names a password");
            peer.guard = HttpsPeer.Guard.TOKEN;
            var token = secretFile("token", "X-Token: first\n");
            var byToken = run(peer.url("/disk"), target, "--any-certificate", "--header-file", token);
            assertThat(byToken.code()).as(byToken.err()).isZero();
        }
    }

    @Test
    void readsFromAnSshServerThatItKnows() throws Exception {
        try (var peer = new SshdPeer(supervisor, folder.resolve("sshd"))) {
            Files.copy(source, peer.home().resolve("disk image"));
            var url = "ssh://" + peer.user() + "@127.0.0.1:" + peer.port() + peer.home() + "/disk%20image";
            var ended = run(url, target, "--identity", peer.keyFile(), "--known-hosts", peer.knownHostsFile(), "-o", "json");
            assertThat(ended.code()).as(ended.err()).isZero();
            assertThat(report(ended.out()).verified()).isTrue();
            requireEqual();
            var nobody = Files.writeString(folder.resolve("nobody"), "# no host\n");
            assertThat(run(url, target, "--identity", peer.keyFile(), "--known-hosts", nobody))
                    .matches(failed -> failed.code() == 1 && failed.err().contains("Ask who runs the host for its key"));
            assertThat(run(source, target, "--identity", peer.keyFile()).err()).contains("--identity was given", "of no use");
            assertThat(run(url + "x", target, "--identity", peer.keyFile(), "--known-hosts", peer.knownHostsFile()).err())
                    .contains("No such file");
        }
    }

    @ParameterizedTest
    @CsvSource({"-,a pipe is not", "null:,nbdkit null SIZE", "nbd:unix:/s:exportname=e,nbd+unix:///e?socket=/s",
            "nbd:unix:/s,nbd+unix:///?socket=/s", "nbd:host:10809:exportname=e,nbd://host:10809/e", "json:{},URI of its export",
            "GOPHER://x/y,nothing serves gopher: addresses"})
    void refusesTheWordsOfOtherToolsWithAHint(String word, String hint) throws Exception {
        requireRefused(run(word, target), "COPY_ADDRESS_UNKNOWN", hint);
        requireRefused(run(source, word), "COPY_ADDRESS_UNKNOWN", hint);
        assertThat(target).doesNotExist();
    }

    @Test
    void readsASchemeInCapitals() throws Exception {
        var from = serve("file", "file=" + source);
        assertThat(run(from.replace("nbd+unix", "NBD+UNIX"), target).code()).isZero();
        requireEqual();
    }

    @Test
    void saysWhatATargetIsThatCannotBeOne() throws Exception {
        supervisor.run(Command.of("mkfifo", folder.resolve("fifo").toString()));
        requireRefused(run(source, folder), "COPY_TARGET_UNUSABLE", "it is a folder: name a file in it");
        requireRefused(run(source, "/dev/null"), "COPY_TARGET_UNUSABLE", "it is neither a file nor a block device");
        requireRefused(run(source, folder.resolve("fifo")), "COPY_TARGET_UNUSABLE", "it is neither a file nor a block device");
        requireRefused(run(source, folder.resolve("none/target")), "COPY_TARGET_UNUSABLE", "none/target cannot be written");
        requireRefused(run(source, "nbd://a b/c"), "COPY_TARGET_UNUSABLE", "Illegal character");
        requireRefused(run(source, "nbd+unix:///c"), "COPY_TARGET_UNUSABLE", "it is neither nbd://host:port/export nor");
        requireRefused(run(folder, target), "COPY_SOURCE_UNUSABLE", "it is a folder");
        requireRefused(run("/dev/zero", target), "COPY_SOURCE_UNUSABLE", "it is neither a file nor a block device");
        var nobody = run(source, "nbd+unix:///?socket=" + folder.resolve("nobody"));
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err()).contains(BlockFault.TARGET_SERVER_UNREACHABLE.entry().remedy());
    }

    @ParameterizedTest
    @CsvSource({"--limit-requests,-1", "--longest-read,-1", "--limit,-1", "--connections,0", "--requests,0", "--requests,4097",
            "--request-size,1KiB", "--request-size,33MiB", "--stall-limit,0", "-o,yaml"})
    void refusesOptionsWithoutSense(String option, String value) throws Exception {
        var ended = run(source, target, option + (option.startsWith("--") ? "=" : "") + value);
        assertThat(ended.code()).as(ended.err()).isEqualTo(2);
        assertThat(ended.err()).doesNotContain("Exception")
                .contains(value.equals("1KiB") ? "1024" : value.equals("33MiB") ? "34603008" : value);
        assertThat(target).doesNotExist();
    }

    @Test
    void refusesMoreBuffersThanThereIsMemoryFor() throws Exception {
        var ended = run(source, target, "--request-size", "32MiB");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("MiB of buffers at worst", "use fewer or shorter ones");
        var from = serve("file", "file=" + source);
        var many = run(from, target, "--connections", "16", "--requests", "4096", "-o", "json");
        assertThat(many.code()).as(many.err()).isZero();
        requireEqual();
    }

    @Test
    void clearsAFileWhateverItIsToldOfIt() throws Exception {
        var old = new byte[SIZE];
        java.util.Arrays.fill(old, (byte) 7);
        Files.write(target, old);
        assertThat(run(source, target, "--target-is-zero", "--verify", "off").code()).isZero();
        requireEqual();
        var list = Files.writeString(folder.resolve("list"), "0 10\n");
        assertThat(run(source, target, "--target-is-zero", "--changed-extents", list).code()).isEqualTo(2);
    }

    @Test
    void believesThatADeviceIsZero() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var ended = run(source, device, "--target-is-zero", "-o", "json");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(report(ended.out()).verified()).isTrue();
        detach(device);
        requireEqual();
        write(target, 2 << 20, new byte[]{7});
        device = loop(target);
        var wrong = run(source, device, "--target-is-zero");
        assertThat(wrong.code()).as("the read-back finds the lie").isEqualTo(1);
        assertThat(wrong.err()).contains("at offset 2097152");
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "511", "513", "262145", "1000003"})
    void copiesDisksOfAnySize(int size) throws Exception {
        var bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        Files.write(source, bytes);
        for (var verify : List.of("full", "off")) {
            Files.deleteIfExists(target);
            var ended = run(source, target, "--verify", verify, "-o", "json");
            assertThat(ended.code()).as(ended.err()).isZero();
            assertThat(report(ended.out()).dataBytes()).isEqualTo(size);
            assertThat(target).hasBinaryContent(bytes);
        }
    }

    @Test
    void saysInWhatACheckpointDiffers() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        assertThat(run(source, target, "--checkpoint", checkpoint).code()).isZero();
        for (var other : List.of(List.of("--digest", "SHA-256", "digest"), List.of("--request-size", "64KiB", "length of blocks"))) {
            assertThat(run(source, target, "--checkpoint", checkpoint).code()).isZero();
            var ended = run(source, target, "--checkpoint", checkpoint, other.get(0), other.get(1), "-o", "json");
            assertThat(ended.err()).contains("the checkpoint is of another " + other.get(2) + ": a new copy from zero");
            assertThat(report(ended.out()).resumedBytes()).isZero();
        }
        assertThat(run(source, target, "--checkpoint", checkpoint).code()).isZero();
        var second = Files.copy(source, folder.resolve("second"));
        assertThat(run(second, target, "--checkpoint", checkpoint).err()).contains("the checkpoint is of another source: a new copy");
    }

    @Test
    void keepsASecondWriterOut() throws Exception {
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=200ms");
        var first = copy(slow, target, "--request-size", "64KiB", "--requests", "1").start();
        await().until(() -> allocated() > 0);
        var second = new ArrayList<Object>(List.of(source, target));
        assertThat(run(second.toArray())).matches(ended -> ended.code() == 1 && ended.err().contains("another copy writes to it"));
        first.destroyForcibly().waitFor();
        assertThat(run(source, target).code()).as("the kernel has dropped the lock").isZero();
    }

    @Test
    void saysWhatIsLostWithoutACheckpoint() throws Exception {
        var full = serve("--filter=error", "memory", "size=" + SIZE, "error-pwrite=ENOSPC", "error-pwrite-rate=100%");
        assertThat(run(source, full, "--connections", "1", "--stall-limit", "30")).matches(
                ended -> ended.code() == 1 && ended.err().contains("no --checkpoint was given: the next run begins from zero"));
        assertThat(run(source, full, "--checkpoint", folder.resolve("checkpoint")).err())
                .contains(BlockFault.TARGET_FULL.entry().remedy()).doesNotContain("begins from zero");
    }

    @Test
    void writesItsReportWholeOrNot() throws Exception {
        var proof = Files.writeString(folder.resolve("proof.json"), "the last one");
        requireRefused(run(source, target, "--report", folder.resolve("none/proof")), "COPY_REPORT_UNWRITABLE", "none/proof cannot be");
        requireRefused(run(source, target, "--report", folder), "COPY_REPORT_UNWRITABLE", "it is a folder");
        assertThat(target).as("before anything is copied").doesNotExist();
        assertThat(run("nowhere", target, "--report", proof).code()).isEqualTo(1);
        assertThat(proof).hasContent("the last one");
        assertThat(run(source, target, "--report", proof).code()).isZero();
        assertThat(report(Files.readString(proof)).verified()).isTrue();
        try (var left = Files.list(folder)) {
            assertThat(left.filter(each -> each.toString().endsWith(".part"))).isEmpty();
        }
    }

    @Test
    void showsNoControlCharacterOfAnAddress() throws Exception {
        var ended = run("nbd+unix:///%1B%5D0;owned%07?socket=" + folder.resolve("nobody"), target);
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("?]0;owned?");
        assertThat(ended.err().chars().filter(each -> each < ' ' && each != '\n')).isEmpty();
    }

    private Path export(ExportSpec spec) throws IOException {
        return Files.write(folder.resolve("export.json"), JobCodec.write(spec));
    }

    @Test
    void readsTheImageInAPackage() throws Exception {
        var image = folder.resolve("disk.vmdk");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", source.toString(),
                image.toString()));
        Files.writeString(folder.resolve("web.ovf"), "<Envelope/>");
        var ova = folder.resolve("web.ova");
        supervisor.run(Command.of("tar", "-C", folder.toString(), "-cf", ova.toString(), "web.ovf", "disk.vmdk"));
        long offset = 1536; // two headers and a block of text
        var spec = export(new ExportSpec.Format(new ExportSpec.Range(new ExportSpec.File(ova.toString(), null), offset, Files.size(image)),
                DiskFormat.VMDK));
        var ended = run("export:" + spec, target, "-o", "json");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(report(ended.out()).verified()).isTrue();
        requireEqual();
        requireRefused(run("export:" + spec, ova), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        requireRefused(run("export:" + spec, spec), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        requireRefused(run(source, "export:" + spec), "COPY_ADDRESS_UNKNOWN", "never written");
        Files.writeString(spec, "{\"type\": \"file\"}");
        requireRefused(run("export:" + spec, target), "COPY_SOURCE_UNUSABLE", "export.json.path is missing");
    }

    @Test
    void readsADiskByVddk() throws Exception {
        var peer = VddkPeer.in(folder);
        try (var server = new HttpsPeer(folder, source)) {
            var store = Files.createDirectories(folder.resolve("stores/LocalDS_0/web 1"));
            Files.copy(source, store.resolve("web-000001-flat.vmdk"));
            peer.accept(folder.resolve("stores"), server.thumbprint(), "snapshot-77");
            var spec = export(new ExportSpec.Vddk(peer.library.toString(), "localhost", server.port(), VddkPeer.USER, "vcenter",
                    server.thumbprint(), VddkPeer.VM, "snapshot-77", "[LocalDS_0] web 1/web-000001.vmdk", List.of(),
                    ExportSpec.VddkCompression.NONE, null, null));
            var command = copy("export:" + spec, target, "--secret", "vcenter=" + secretFile("password", VddkPeer.PASSWORD + "\n"));
            command.environment().put("GODWIT_WORKER_NBDKIT_PLUGINS", peer.plugins.toString());
            assertThat(command.start().waitFor()).as(() -> "see " + folder.resolve("err")).isZero();
            requireEqual();
        }
        requireRefused(run(source, target, "--secret", "a=" + source), "COPY_SOURCE_UNUSABLE", "--secret was given");
    }

    @Test
    void saysWhatIsWrongAndWhatToDo() throws Exception {
        assertThat(run("nowhere", target)).matches(ended -> ended.code() == 1 && ended.err().contains("nowhere cannot be read")
                && ended.err().contains("Give a path"));
        assertThat(run("gopher://x/y", target).err()).contains("nothing serves gopher: addresses");
        assertThat(run(source)).matches(ended -> ended.code() == 2 && ended.err().contains("TARGET"));
        assertThat(run(source, target, "--request-size", "lots")).matches(ended -> ended.code() == 2 && ended.err().contains("no size"));
        assertThat(run(source, target, "--digest", "MD5")).matches(ended -> ended.code() == 2 && ended.err().contains("MD5"));
        var list = Files.writeString(folder.resolve("list"), "1 2 3\n");
        assertThat(run(source, target, "--changed-extents", list).err()).contains("'1 2 3' is no offset and length");
    }
}
