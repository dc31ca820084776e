package io.godwit.provider.ova;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.ova.fixture.OvaFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is reserved for images that came compressed: gzip tells their size modulo 2^32 only.
class PackedImageTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path folder;

    @Test
    void aRawImageTakesItsDisksSizeHoweverOftenItsTrailerTurnedOver() throws IOException {
        for (var capacity : new long[]{3 * GIB, 4 * GIB, 4 * GIB + 512, 5 * GIB, 13 * GIB + 512, 1024 * GIB}) {
            var vm = vm(gzip(new byte[9 << 20], capacity), "raw", capacity);
            assertThat(unpackedBytes(vm)).as("of " + capacity).isEqualTo(capacity);
            assertThat(vm.disks().getFirst().capacityBytes()).isEqualTo(capacity);
            assertThat(vm.concerns()).isEmpty();
        }
    }

    @Test
    void ofAnotherImageTheLeastIsReservedAndThatIsSaid() throws IOException {
        for (var size : new long[]{100, 1 << 20, 4 * GIB + 100, 9 * GIB + 4_096}) {
            var vm = vm(gzip(qcow2(20 * GIB), size), "qcow2", 20 * GIB);
            assertThat(unpackedBytes(vm)).isEqualTo(size % (4 * GIB));
            assertThat(vm.concerns()).singleElement()
                    .satisfies(concern -> assertThat(concern.id()).isEqualTo("ova.disk.unpacked.size"))
                    .satisfies(concern -> assertThat(concern.assessment()).contains("At least " + size % (4 * GIB) + " bytes"));
        }
    }

    @Test
    void whereOnlyOneSizeFitsNothingIsSaid() throws IOException {
        var vm = vm(gzip(qcow2(2 * GIB), 1 << 20), "qcow2", 2 * GIB);
        assertThat(unpackedBytes(vm)).isEqualTo(1 << 20);
        assertThat(vm.concerns()).isEmpty();
    }

    /// As an URL writes it, and with the dot of `tar -C folder .`.
    @Test
    void piecesAreFoundUnderTheNamesThatWholeFilesAre() throws IOException {
        var image = qcow2(1 << 20);
        for (var href : new String[]{"my vm-disk1.vmdk", "my%20vm-disk1.vmdk", "./my vm-disk1.vmdk", "./my%20vm-disk1.vmdk"}) {
            OvaFixture.ovftool("my vm").disk(java.util.Arrays.copyOf(image, 1_000), 1 << 20)
                    .member("second", java.util.Arrays.copyOfRange(image, 1_000, image.length))
                    .editOvf(ovf -> qcow2(ovf).replaceAll("(href=\")my vm-disk1.vmdk\"", "$1" + href + "\" ovf:chunkSize=\"1000\"")
                            .replaceAll("ovf:size=\"1000\"", "ovf:size=\"" + image.length + "\"")
                            .replaceAll(".*extra1.*\n", ""))
                    .editMemberNames(member -> switch (member) {
                        case "second" -> "my vm-disk1.vmdk.000000001";
                        case "my vm-disk1.vmdk" -> member + ".000000000";
                        default -> member;
                    }).manifest(OvaFixture.ManifestForm.NONE).write(folder.resolve("vm.ova"));
            var vm = source().requireVm("vm.ova");
            assertThat(vm.concerns()).as(href).extracting(Concern::id).containsExactly("ova.manifest.missing");
            assertThat(unpackedBytes(vm)).isEqualTo(image.length);
        }
    }

    private SourceVm vm(byte[] packed, String format, long capacity) throws IOException {
        OvaFixture.ovftool("x").disk(packed, capacity).editOvf(ovf -> (format.equals("raw") ? raw(ovf) : qcow2(ovf))
                .replace("href=\"x-disk1.vmdk\"", "href=\"x-disk1.vmdk\" ovf:compression=\"gzip\"")).write(folder.resolve("vm.ova"));
        return source().requireVm("vm.ova");
    }

    private static String raw(String ovf) {
        return ovf.replaceAll("ovf:format=\"[^\"]*\"", "ovf:format=\"raw\"");
    }

    private static String qcow2(String ovf) {
        return ovf.replaceAll("ovf:format=\"[^\"]*\"", "ovf:format=\"http://www.gnome.org/~markmc/qcow-image-format.html\"");
    }

    private long unpackedBytes(SourceVm vm) {
        return source().locate(vm.id(), vm.identity(), "disk-0", new Stopped()).unpackedBytes();
    }

    private static byte[] qcow2(long capacity) {
        var bytes = new byte[1 << 20]; // more than is read ahead: its trailer is not looked at
        ByteBuffer.wrap(bytes).putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, capacity).putInt(100, 104);
        return bytes;
    }

    /// With the trailer of an image of that size.
    private static byte[] gzip(byte[] bytes, long size) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        var packed = out.toByteArray();
        ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).putInt(packed.length - 4, (int) size);
        return packed;
    }

    private OvaSource source() {
        return new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15));
    }
}
