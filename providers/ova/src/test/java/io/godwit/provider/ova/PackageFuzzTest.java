package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.provider.ova.fixture.StreamOptimizedVmdk;
import io.godwit.provider.ova.fixture.TarFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Packages of several VMs and disks of all formats, compressed and in pieces, in a tar or beside an OVF, damaged at random: VMs or faults, in time, and
/// nothing that is to be read lies outside of the package. Each seed is one package.
class PackageFuzzTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final long FIRST_SEED = Long.getLong("godwit.seed", System.nanoTime());
    private static final int SEEDS = Boolean.getBoolean("godwit.soak") ? 5_000 : 20;
    private static final SeededDisk DISK = new SeededDisk(3, 1 << 18);
    private static final String SECRET = "secret.raw";

    @TempDir
    private Path folder;
    private int usable;
    private int refused;

    @BeforeEach
    void keepASecretOutside() throws IOException {
        Files.write(folder.resolve(SECRET), new byte[1 << 18]);
    }

    @Test
    void leadsToVmsOrFaultsAndNowhereElse() {
        System.out.println("PackageFuzzTest seeds " + FIRST_SEED + " to " + (FIRST_SEED + SEEDS - 1));
        for (var seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            var random = new Random(seed);
            try {
                assertTimeoutPreemptively(LIMIT, () -> one(random)); // in a thread of its own: a loop that never ends fails here
            } catch (RuntimeException | Error e) {
                throw new AssertionError("replay with -Dgodwit.seed=" + seed, e);
            }
        }
        assertThat(usable).as("disks that can be read").isPositive();
        assertThat(refused).as("disks and packages that were refused").isPositive();
    }

    private void one(Random random) throws IOException {
        var files = new TreeMap<String, byte[]>();
        var ovf = ovf(files, random);
        damage(files, random);
        var root = Files.createDirectory(folder.resolve("ova"));
        try {
            if (random.nextBoolean()) {
                var bytes = TarFixture.bytes(tar -> {
                    tar.file("x.ovf", ovf);
                    files.forEach(tar::file);
                    tar.end();
                });
                Files.write(root.resolve("x.ova"), bytes);
            } else {
                Files.write(root.resolve("x.ovf"), ovf);
                for (var file : files.entrySet()) {
                    Files.write(root.resolve(file.getKey()), file.getValue());
                }
                if (!files.isEmpty() && random.nextInt(4) == 0) {
                    var replaced = root.resolve(files.firstKey());
                    Files.delete(replaced);
                    Files.createSymbolicLink(replaced, folder.resolve(SECRET));
                }
            }
            look(root);
        } finally {
            try (var all = Files.list(root)) {
                for (var each : all.toList()) {
                    Files.delete(each);
                }
            }
            Files.delete(root);
        }
    }

    private void look(Path root) {
        var source = new OvaSource(new OvaFolder(root), Duration.ofSeconds(15));
        var inventory = source.inventory();
        refused += inventory.unreadable().size();
        inventory.unreadable().forEach(each -> assertThat(each.fault().code()).startsWith("OVA_"));
        for (var vm : inventory.vms()) {
            assertThat(source.requireVm(vm.id())).isEqualTo(vm);
            source.sideTasks(vm.id(), vm.identity());
            for (var disk : vm.disks()) {
                assertThat(disk.capacityBytes()).isPositive();
                try {
                    requireInside(source.locate(vm.id(), vm.identity(), disk.key(), new Stopped()), root);
                    usable++;
                } catch (FaultException e) {
                    assertThat(e.fault().code()).startsWith("OVA_");
                    refused++;
                }
            }
        }
    }

    /// How many bytes there are at most.
    private static long requireInside(ExportSpec spec, Path root) {
        return switch (spec) {
            case ExportSpec.File file -> requireInside(file, root);
            case ExportSpec.Range range -> requireInside(range, root);
            case ExportSpec.Format format -> requireInside(format.inner(), root);
            case ExportSpec.Unpacked unpacked -> unpacked.parts().stream().mapToLong(part -> requireInside(part, root)).sum();
            case ExportSpec.VmdkExtents split -> split.extents().stream().mapToLong(extent -> requireInside(extent, root)).sum();
            default -> throw new AssertionError(spec);
        };
    }

    private static long requireInside(ExportSpec.File file, Path root) {
        var path = Path.of(file.path());
        assertThat(path).startsWith(root);
        assertThat(Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)).as(file.path()).isTrue();
        assertThat(file.identity()).isNotNull();
        return path.toFile().length();
    }

    private static long requireInside(ExportSpec.Range range, Path root) {
        assertThat(range.offset()).isNotNegative();
        assertThat(range.length()).isBetween(0L, requireInside(range.inner(), root) - range.offset());
        return range.length();
    }

    private static long requireInside(ExportSpec.VmdkExtent extent, Path root) {
        assertThat(extent.sizeBytes()).isPositive();
        if (extent instanceof ExportSpec.VmdkExtent.Flat flat) {
            assertThat(flat.offset()).isNotNegative();
            assertThat(flat.sizeBytes()).isLessThanOrEqualTo(requireInside(flat.file(), root) - flat.offset());
        } else if (extent instanceof ExportSpec.VmdkExtent.Sparse sparse) {
            requireInside(sparse.file(), root);
        }
        return extent.sizeBytes();
    }

    /// An OVF of one to three VMs that have up to three disks between them; what it names goes into `files`.
    private static byte[] ovf(Map<String, byte[]> files, Random random) throws IOException {
        var references = new StringBuilder();
        var disks = new StringBuilder();
        var count = 1 + random.nextInt(3);
        for (var i = 0; i < count; i++) {
            var name = "d" + i;
            var href = image(files, name, random);
            var bytes = requireNonNull(files.get(href));
            var attributes = "";
            if (random.nextInt(3) == 0) {
                files.remove(href);
                bytes = gzip(bytes, random);
                href += ".gz";
                files.put(href, bytes);
                attributes += " ovf:compression=\"gzip\"";
            }
            if (random.nextInt(3) == 0) {
                var piece = 1 + Math.max(bytes.length / 20, random.nextInt(bytes.length));
                files.remove(href);
                for (var at = 0; at < bytes.length; at += piece) {
                    files.put(href + ".%09d".formatted(at / piece), Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + piece)));
                }
                attributes += " ovf:chunkSize=\"" + piece + "\"";
            }
            references.append("<File ovf:id=\"f").append(i).append("\" ovf:href=\"").append(href).append('"').append(attributes)
                    .append("/>\n");
            disks.append("<Disk ovf:diskId=\"").append(name).append("\" ovf:fileRef=\"f").append(i).append("\" ovf:capacity=\"")
                    .append(DISK.sizeBytes()).append("\"/>\n");
        }
        var systems = new StringBuilder();
        for (var vm = 0; vm <= random.nextInt(3); vm++) {
            systems.append("<VirtualSystem ovf:id=\"vm").append(vm).append("\"><Info/><VirtualHardwareSection><Info/>")
                    .append(item(1, 3, 1))
                    .append(item(2, 4, 512))
                    .append("<Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType></Item>");
            for (var disk = 0; disk < count; disk++) {
                if (random.nextInt(3) > 0) {
                    systems.append("<Item><rasd:InstanceID>").append(4 + disk)
                            .append("</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:Parent>3</rasd:Parent>")
                            .append("<rasd:HostResource>ovf:/disk/d").append(disk).append("</rasd:HostResource></Item>");
                }
            }
            systems.append("</VirtualHardwareSection></VirtualSystem>\n");
        }
        var text = """
                <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
                    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
                  <References>%s</References><DiskSection><Info/>%s</DiskSection>
                  <VirtualSystemCollection ovf:id="all"><Info/>%s</VirtualSystemCollection></Envelope>
                """.formatted(references, disks, systems).getBytes(US_ASCII);
        if (random.nextInt(5) == 0) {
            text[random.nextInt(text.length)] = (byte) random.nextInt(128);
        }
        return text;
    }

    private static String item(int id, int type, int quantity) {
        return "<Item><rasd:InstanceID>" + id + "</rasd:InstanceID><rasd:ResourceType>" + type
                + "</rasd:ResourceType><rasd:VirtualQuantity>"
                + quantity + "</rasd:VirtualQuantity></Item>";
    }

    /// The name of the first of its files.
    private static String image(Map<String, byte[]> files, String name, Random random) throws IOException {
        var file = name + List.of(".vmdk", ".vmdk", ".raw", ".qcow2", ".vhd", ".vhdx").get(random.nextInt(6));
        var sectors = DISK.sizeBytes() / 512;
        var bytes = switch (file.substring(name.length())) {
            case ".vmdk" -> random.nextBoolean() ? stream() : split(files, name, sectors, random);
            case ".qcow2" -> ByteBuffer.allocate(1 << 16).putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, DISK.sizeBytes())
                    .putInt(100, 104).array();
            case ".vhd" -> vhd();
            case ".vhdx" -> vhdx();
            default -> new byte[(int) DISK.sizeBytes()];
        };
        files.put(file, bytes);
        return file;
    }

    private static byte[] stream() throws IOException {
        var out = new ByteArrayOutputStream();
        try (var raw = DISK.open()) {
            StreamOptimizedVmdk.write(raw, DISK.sizeBytes(), out);
        }
        return out.toByteArray();
    }

    private static byte[] split(Map<String, byte[]> files, String name, long sectors, Random random) {
        files.put(name + "-f001.vmdk", new byte[(int) (sectors / 4 * 512)]);
        files.put(name + "-s002.vmdk", ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x564d444b).putInt(4, 1)
                .putLong(12, sectors / 4).array());
        var other = List.of(name + "-f001.vmdk", "../" + SECRET, SECRET, "x.ovf", "..", name + "-s002.vmdk").get(random.nextInt(6));
        return """
                # Disk DescriptorFile
                version=1
                CID=fffffffe
                parentCID=ffffffff
                createType="twoGbMaxExtentSparse"
                RW %d FLAT "%s-f001.vmdk" 0
                RW %d SPARSE "%s-s002.vmdk"
                RW %d ZERO
                RW %d FLAT "%s" 0
                """.formatted(sectors / 4, name, sectors / 4, name, sectors / 4, sectors / 4, other).getBytes(US_ASCII);
    }

    private static byte[] vhd() {
        var image = ByteBuffer.allocate(1 << 14);
        for (var at : new int[]{0, image.capacity() - 512}) {
            image.put(at, "conectix".getBytes(US_ASCII)).putLong(at + 16, 512).putLong(at + 48, DISK.sizeBytes()).putInt(at + 60, 3);
        }
        return image.put(512, "cxsparse".getBytes(US_ASCII)).array();
    }

    private static byte[] vhdx() {
        var image = ByteBuffer.allocate(1 << 19).order(ByteOrder.LITTLE_ENDIAN).put(0, "vhdxfile".getBytes(US_ASCII));
        var metadata = 320 << 10;
        for (var table : new int[]{192 << 10, 256 << 10}) {
            image.put(table, "regi".getBytes(US_ASCII)).putInt(table + 8, 1).putLong(table + 16, 0x4b9a47908b7ca206L)
                    .putLong(table + 24, 0x6e880f055f57feb8L).putLong(table + 32, metadata);
        }
        image.put(metadata, "metadata".getBytes(US_ASCII)).putShort(metadata + 10, (short) 1).putLong(metadata + 32, 0x4876cd1b2fa54224L)
                .putLong(metadata + 40, 0xb8f43bd8be5d11b2L).putInt(metadata + 48, 64 << 10);
        return image.putLong(metadata + (64 << 10), DISK.sizeBytes()).array();
    }

    /// In one member, or with an empty one before it.
    private static byte[] gzip(byte[] bytes, Random random) throws IOException {
        var out = new ByteArrayOutputStream();
        for (var member : random.nextInt(3) == 0 ? new byte[][]{new byte[0], bytes} : new byte[][]{bytes}) {
            try (var gzip = new GZIPOutputStream(out)) {
                gzip.write(member);
            }
        }
        return out.toByteArray();
    }

    /// Half of the packages lose a file, the end of one, or some bytes, most where headers are.
    private static void damage(Map<String, byte[]> files, Random random) {
        var names = new ArrayList<>(files.keySet());
        var name = names.get(random.nextInt(names.size()));
        var bytes = requireNonNull(files.get(name));
        switch (random.nextInt(8)) {
            case 0 -> files.remove(name);
            case 1 -> files.put(name, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
            case 2, 3 -> {
                for (var i = 0; i <= random.nextInt(4); i++) {
                    int[] tables = {0, 512, bytes.length - 512, 192 << 10, 320 << 10, 384 << 10};
                    var at = tables[random.nextInt(tables.length)] + random.nextInt(128);
                    bytes[at >= 0 && at < bytes.length ? at : random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }
            default -> {
                // whole
            }
        }
    }
}
