package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.export.HttpsPeer;
import io.godwit.export.SshdPeer;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ReadBack;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.process.Command;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What `godwit copy` copies: from and onto everything that it knows.
class CopyCommandIT extends CopyFixture {
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
        var uri = serve("file", "file=" + image);
        assertThat(run(uri, target).err()).contains(note, "--format " + format);
        assertThat(target).hasSameBinaryContentAs(image);
        var disk = run(uri, target, "--format", format);
        assertThat(disk.code()).as(disk.err()).isZero();
        assertThat(disk.err()).doesNotContain(note);
    }

    @Test
    void saysThatTheFormatMayBeAnother() throws Exception {
        var ended = run(source, target, "--format", "qcow2");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.err()).contains("it does not begin with the qcow2 magic", "another format than --format says");
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
        try (var disk = new RandomAccessFile(source.toFile(), "rw")) {
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

    /// Whoever copies a disk uses it afterwards.
    @Test
    void copiesAnewOntoAFileThatWasUsedSince() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        assertThat(run(source, target, "--checkpoint", checkpoint, "--verify", "off").code()).isZero();
        assertThat(checkpoint).doesNotExist();
        write(target, 6 << 20, new byte[]{1, 2, 3, 4});
        assertThat(run(source, target, "--checkpoint", checkpoint, "--verify", "off").code()).isZero();
        requireEqual();
    }

    /// A disk ends within a sector of a device of 4 KiB sectors, which is read past the page cache in whole sectors only.
    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void copiesOntoALargerDevice(int sector) throws Exception {
        var disk = Arrays.copyOf(Files.readAllBytes(source), SIZE - 1536);
        Files.write(source, disk);
        var expected = new byte[SIZE + (1 << 20)];
        Arrays.fill(expected, (byte) 7);
        Files.write(target, expected);
        var device = loop(target, "--sector-size", Integer.toString(sector));
        var proof = folder.resolve("proof.json");
        var ended = run(source, device, "--report", proof);
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("the target has " + expected.length + " bytes: its first " + disk.length + " are the disk");
        var report = report(Files.readString(proof));
        assertThat(report.targetBytes()).isEqualTo(expected.length);
        assertThat(report.readBack()).isEqualTo(ReadBack.DEVICE);
        detach(device);
        System.arraycopy(disk, 0, expected, 0, disk.length);
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

    @Test
    void readsASchemeInCapitals() throws Exception {
        var from = serve("file", "file=" + source);
        assertThat(run(from.replace("nbd+unix", "NBD+UNIX"), target).code()).isZero();
        requireEqual();
    }

    @Test
    void clearsAFileWhateverItIsToldOfIt() throws Exception {
        var old = new byte[SIZE];
        Arrays.fill(old, (byte) 7);
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

    /// The checkpoint of the first try is of no use any more, and tells all the same that the target was written to.
    @Test
    void copiesFromZeroOntoATargetThatWasWronglyCalledZero() throws Exception {
        var full = new byte[SIZE];
        java.util.Arrays.fill(full, (byte) 7);
        Files.write(target, full);
        Object[] words = {source, loop(target), "--target-is-zero", "--checkpoint", folder.resolve("checkpoint")};
        var first = run(words);
        assertThat(first.code()).isEqualTo(1);
        assertThat(first.err()).contains("it was said to be zero (--target-is-zero)");
        var second = run(words);
        assertThat(second.code()).as(second.err()).isZero();
        requireEqual();
    }
}
