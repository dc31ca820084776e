package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.export.HttpsPeer;
import io.godwit.export.VddkPeer;
import io.godwit.model.disk.ExportSpec;
import io.godwit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// `godwit copy` as a process of its own: its ends by signals, what outlives it, what it logs, its environment.
class CopyProcessIT extends CopyProcessFixture {
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
