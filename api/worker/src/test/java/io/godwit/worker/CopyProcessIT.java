package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.export.HttpsPeer;
import io.godwit.export.VddkPeer;
import io.godwit.model.disk.ExportSpec;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// `godwit copy` as a process of its own: its ends by signals, what outlives it, what it logs, its environment.
class CopyProcessIT extends CopyFixture {
    private ProcessBuilder copy(Object... words) {
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
    void goesOnFromItsCheckpointAfterAKillAndAfterCtrlC() throws Exception {
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=80ms");
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

    /// Begins a copy onto a device, and ends it when some of it was written.
    private Object[] begunOnto(String device, Path checkpoint, Path backing, String... more) throws Exception {
        return begun(serve("--filter=delay", "file", "file=" + source, "delay-read=60ms"), device, checkpoint, backing, more);
    }

    private Object[] begun(String slow, String to, Path checkpoint, Path backing, String... more) throws Exception {
        var all = new ArrayList<Object>(List.of(slow, to, "--checkpoint", checkpoint, "--verify", "off", "--request-size", "64KiB",
                "--requests", "1", "-o", "json"));
        all.addAll(List.of(more));
        var words = all.toArray();
        var begun = copy(words).start();
        await().until(() -> !isZero(backing, 0, 1 << 20) && !isZero(backing, 5 << 20, 64 << 10));
        supervisor.run(Command.of("sh", "-c", "kill -TERM \"$0\"", Long.toString(begun.pid())));
        assertThat(begun.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(checkpoint).exists();
        return words;
    }

    private static boolean isZero(Path path, long at, int length) throws IOException {
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
    void saysInWhatACheckpointDiffers() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=60ms");
        for (var other : List.of(List.of("--digest", "SHA-256", "digest"), List.of("--request-size", "128KiB", "length of blocks"),
                List.of("SOURCE", source.toString(), "source"))) {
            Files.write(target, new byte[SIZE]);
            var words = new ArrayList<>(List.of(begun(slow, target.toString(), checkpoint, target)));
            int at = words.indexOf(other.getFirst());
            if (other.getFirst().equals("SOURCE")) {
                words.set(0, other.get(1));
            } else if (at >= 0) {
                words.set(at + 1, other.get(1));
            } else {
                words.addAll(other.subList(0, 2));
            }
            var ended = run(words.toArray());
            assertThat(ended.err()).contains("the checkpoint is of another " + other.get(2) + ": a new copy from zero");
            assertThat(report(ended.out()).resumedBytes()).isZero();
            requireEqual();
        }
    }

    @Test
    void goesOnOntoTheSameFileUnlessItHoldsOtherBytesNow() throws Exception {
        Files.write(target, new byte[SIZE]);
        var checkpoint = folder.resolve("checkpoint");
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=60ms");
        var ended = run(begun(slow, target.toString(), checkpoint, target));
        assertThat(report(ended.out()).resumedBytes()).as(ended.err()).isPositive();
        requireEqual();
        write(target, 0, new byte[SIZE]);
        var words = begun(slow, target.toString(), checkpoint, target);
        write(target, 0, new byte[SIZE]);
        ended = run(words);
        assertThat(ended.err()).contains("does not hold what was copied before");
        assertThat(report(ended.out()).resumedBytes()).isZero();
        requireEqual();
    }

    @Test
    void doesNotBelieveThatATargetIsZeroWhichAnEarlierRunWroteTo() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device), "--target-is-zero");
        var empty = folder.resolve("empty");
        write(empty, SIZE - 1, new byte[1]);
        words[0] = empty.toString();
        var ended = run(words);
        assertThat(ended.err()).contains("the checkpoint is of another source: a new copy from zero");
        supervisor.run(Command.of("cmp", empty.toString(), device));
    }

    /// The source is a file too, and so has a server of ours, which may end when its client leaves it with reads in flight.
    @Test
    void goesOnWhenTheServerOfItsTargetComesBack() throws Exception {
        Files.write(target, new byte[SIZE]);
        var socket = folder.resolve("t");
        var server = List.of("nbdkit", "-f", "--unix", socket.toString(), "file", "file=" + target);
        var first = supervisor.start(Command.of(server));
        await().until(() -> Files.exists(socket));
        var copying = copy(source, "nbd+unix:///?socket=" + socket, "--limit", "2MiB/s").start();
        await().until(() -> !isZero(target, 0, 1 << 20));
        first.kill();
        Files.delete(socket);
        supervisor.start(Command.of(server));
        assertThat(copying.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(copying.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
        requireEqual();
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
        requireEqual();
    }

    @Test
    void removesWhatAKilledCopyLeftAndNothingElse() throws Exception {
        var temporary = Files.createDirectories(folder.resolve("temporary"));
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=200ms");
        var killed = inTemporary(temporary, slow, folder.resolve("killed")).start();
        var running = inTemporary(temporary, slow, folder.resolve("running")).start();
        await().until(
                () -> folders(temporary).size() == 2 && Files.exists(folder.resolve("killed")) && Files.exists(folder.resolve("running")));
        killed.destroyForcibly().waitFor();
        var foreign = List.of(Files.createDirectory(temporary.resolve("godwit-copy-being-made")),
                Files.createDirectory(temporary.resolve("other")));

        assertThat(inTemporary(temporary, source.toString(), target).start().waitFor()).isZero();

        assertThat(folders(temporary)).containsAll(foreign).hasSize(3);
        assertThat(running.isAlive()).isTrue();
        running.destroyForcibly().waitFor();
        assertThat(inTemporary(temporary, source.toString(), target).start().waitFor()).isZero();
        assertThat(folders(temporary)).hasSameElementsAs(foreign);
    }

    private ProcessBuilder inTemporary(Path temporary, String from, Path to) {
        var command = copy(from, to, "--request-size", "64KiB", "--requests", "1");
        command.command().add(1, "-Djava.io.tmpdir=" + temporary);
        return command;
    }

    private static List<Path> folders(Path temporary) throws IOException {
        try (var all = Files.list(temporary)) {
            return all.filter(Files::isDirectory).toList();
        }
    }

    @Test
    void keepsASecondCopyOffItsCheckpoint() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        var other = folder.resolve("other");
        var first = copy(serve("--filter=delay", "file", "file=" + source, "delay-read=200ms"), target, "--checkpoint", checkpoint,
                "--request-size", "64KiB", "--requests", "1").start();
        await().until(() -> allocated() > 1 << 20);
        assertThat(run(source, other, "--checkpoint", checkpoint)).matches(
                ended -> ended.code() == 1 && ended.err().contains("another copy that still runs keeps it"));
        assertThat(other).doesNotExist();
        assertThat(checkpoint).exists();
        first.destroyForcibly().waitFor();
        assertThat(run(source, other, "--checkpoint", checkpoint).code()).as("the kernel has dropped the lock").isZero();
        supervisor.run(Command.of("cmp", source.toString(), other.toString()));
    }

    @Test
    void showsNoControlCharacterOfAnAddress() throws Exception {
        var ended = run("nbd+unix:///%1B%5D0;owned%07?socket=" + folder.resolve("nobody"), target);
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("?]0;owned?");
        assertThat(ended.err().chars().filter(each -> each < ' ' && each != '\n')).isEmpty();
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
}
