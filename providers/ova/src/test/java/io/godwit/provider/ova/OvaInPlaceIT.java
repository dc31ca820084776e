package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ExportSpec.Format;
import io.godwit.model.disk.ExportSpec.Range;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// qemu-img reads disks where we say they lie: those of its own making, and those in VMware's layout.
class OvaInPlaceIT {
    private static final SeededDisk DISK = new SeededDisk(11, 40 << 20); // more than one grain table

    @TempDir
    private Path folder;

    @Test
    void aStreamOptimisedDiskThatQemuImgMade() throws Exception {
        assertReadable(OvaFixture.vsphere("vm").disk(madeByQemuImg("streamOptimized"), DISK.sizeBytes()));
    }

    @Test
    void aSparseDiskThatQemuImgMade() throws Exception {
        assertReadable(OvaFixture.ovftool("vm").disk(madeByQemuImg("monolithicSparse"), DISK.sizeBytes())
                .editOvf(ovf -> ovf.replace("#streamOptimized", "#sparse")));
    }

    @Test
    void aStreamOptimisedDiskInTheLayoutOfVmware() throws Exception {
        assertReadable(OvaFixture.ovftool("vm").disk(DISK));
    }

    private void assertReadable(OvaFixture fixture) throws Exception {
        var ova = fixture.disk(new SeededDisk(12, 1 << 20)).write(folder.resolve("vm.ova"));
        var before = Files.readAllBytes(ova);
        var source = new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15));
        var vm = source.requireVm("vm.ova");
        assertThat(vm.disks()).extracting(SourceVm.SourceDisk::capacityBytes).containsExactly(DISK.sizeBytes(), 1L << 20);
        var spec = (Format) source.locate(vm.id(), vm.identity(), "disk-0", new Stopped());
        var info = run("qemu-img", "info", "--output=json", json(spec));
        assertThat(info).contains("\"virtual-size\": " + DISK.sizeBytes() + ",").contains("\"format\": \"vmdk\"");
        var raw = folder.resolve("vm.raw");
        run("qemu-img", "convert", "-O", "raw", json(spec), raw.toString());
        assertThat(sha256(raw)).isEqualTo(DISK.sha256());
        assertThat(Files.readAllBytes(ova)).isEqualTo(before);
    }

    private Path madeByQemuImg(String subformat) throws Exception {
        var raw = folder.resolve("disk.raw");
        try (var in = DISK.open()) {
            Files.copy(in, raw);
        }
        var vmdk = folder.resolve("disk.vmdk");
        run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=" + subformat, raw.toString(), vmdk.toString());
        return vmdk;
    }

    private static String json(Format spec) {
        var range = (Range) spec.inner();
        return """
                json:{"driver":"vmdk","file":{"driver":"raw","offset":%d,"size":%d,"file":{"driver":"file","filename":"%s"}}}"""
                .formatted(range.offset(), range.length(), ((ExportSpec.File) range.inner()).path());
    }

    private static String sha256(Path file) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        try (var in = Files.newInputStream(file)) {
            in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private String run(String... command) throws IOException, InterruptedException {
        var output = folder.resolve("output");
        var process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(output, UTF_8)).isZero();
            return Files.readString(output, UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
