package io.godwit.provider.ova;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.export.Export;
import io.godwit.export.Exports;
import io.godwit.export.Overlays;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.inventory.Concern;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each format that qemu-img makes, in a tar and beside an OVF, is read in place through an export of ours: every byte is the source's.
class DiskFormatsIT {
    private static final SeededDisk DISK = new SeededDisk(21, 9 << 20);

    @TempDir
    private Path folder;
    private Path parts = Path.of(".");
    private Supervisor supervisor;
    private Exports exports;

    @BeforeEach
    void start() throws IOException {
        parts = Files.createDirectories(folder.resolve("ova/vm"));
        supervisor = new Supervisor(folder.resolve("tmp"));
        exports = new Exports(supervisor, Files.createDirectories(folder.resolve("run")), folder, _ -> null);
        try (var in = DISK.open()) {
            Files.copy(in, folder.resolve("disk.raw"));
        }
    }

    @AfterEach
    void stop() {
        exports.close();
        supervisor.close();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            vmdk, subformat=streamOptimized,      disk.vmdk,  http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized
            vmdk, subformat=monolithicSparse,     disk.vmdk,  http://www.vmware.com/interfaces/specifications/vmdk.html#sparse
            vmdk, subformat=monolithicFlat,       disk.vmdk,  http://www.vmware.com/interfaces/specifications/vmdk.html
            vmdk, subformat=twoGbMaxExtentSparse, disk.vmdk,  http://www.vmware.com/interfaces/specifications/vmdk.html#sparse
            vmdk, subformat=twoGbMaxExtentFlat,   disk.vmdk,  ''
            qcow2, compat=1.1,                    disk.qcow2, http://www.gnome.org/~markmc/qcow-image-format.html
            qcow2, compat=0.10,                   disk.qcow2, ''
            vpc,  'subformat=dynamic,force_size=on', disk.vhd, http://technet.microsoft.com/en-us/virtualserver/bb676673.aspx
            vpc,  'subformat=fixed,force_size=on', disk.vhd,  ''
            vhdx, subformat=dynamic,              disk.vhdx,  http://technet.microsoft.com/en-us/virtualserver/bb676673.aspx
            raw,  '',                             disk.raw,   ''""")
    void readsEveryFormatInATarAndBesideAnOvf(String driver, String options, String file, String uri) throws Exception {
        convert(driver, options, file);
        ovf(file, uri, DISK.sizeBytes());
        tar();
        for (var id : List.of("vm.ova", "vm/vm.ovf")) {
            assertThat(sha256(locate(id))).as(id).isEqualTo(DISK.sha256());
        }
    }

    /// Compressed, in pieces, both: made whole once, and from then on read from there.
    @ParameterizedTest
    @CsvSource(textBlock = """
            vmdk, subformat=streamOptimized,  disk.vmdk,  true,  0
            vmdk, subformat=monolithicSparse, disk.vmdk,  false, 100001
            qcow2, compat=1.1,                disk.qcow2, true,  65536
            vhdx, subformat=dynamic,          disk.vhdx,  true,  0
            vpc,  'subformat=dynamic,force_size=on', disk.vhd, true, 0
            vpc,  'subformat=fixed,force_size=on', disk.vhd, false, 1048576
            raw,  '',                         disk.raw,   true,  0""")
    void makesPackedFilesWholeOnce(String driver, String options, String file, boolean gzip, int pieces) throws Exception {
        convert(driver, options, file);
        var image = parts.resolve(file);
        var packed = gzip ? gzip(Files.readAllBytes(image)) : Files.readAllBytes(image);
        Files.delete(image);
        var href = file + (gzip ? ".gz" : "");
        for (var at = 0; at < packed.length; at += pieces == 0 ? packed.length : pieces) {
            Files.write(parts.resolve(pieces == 0 ? href : href + ".%09d".formatted(at / pieces)),
                    java.util.Arrays.copyOfRange(packed, at, pieces == 0 ? packed.length : Math.min(packed.length, at + pieces)));
        }
        ovf(href + (gzip ? "\" ovf:compression=\"gzip" : "") + (pieces == 0 ? "" : "\" ovf:chunkSize=\"" + pieces), "", DISK.sizeBytes());
        tar();
        for (var id : List.of("vm.ova", "vm/vm.ovf")) {
            var spec = locate(id);
            assertThat(spec.unpackedBytes()).isPositive();
            assertThat(sha256(spec)).as(id).isEqualTo(DISK.sha256());
            var kept = kept();
            assertThat(Files.size(kept)).isEqualTo(raw(driver) ? DISK.sizeBytes() : spec.unpackedBytes());
            var made = Files.getLastModifiedTime(kept);
            assertThat(sha256(spec)).isEqualTo(DISK.sha256());
            assertThat(Files.getLastModifiedTime(kept)).isEqualTo(made);
            Files.delete(kept);
            Files.writeString(kept.resolveSibling(kept.getFileName() + ".part"), "what a killed worker left");
            assertThat(sha256(spec)).isEqualTo(DISK.sha256());
            Files.delete(kept());
        }
    }

    private static boolean raw(String driver) {
        return driver.equals("raw");
    }

    private Path kept() throws IOException {
        try (var all = Files.list(folder.resolve("unpacked"))) {
            return all.reduce((_, _) -> {
                throw new AssertionError("several files");
            }).orElseThrow();
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new java.io.ByteArrayOutputStream();
        try (var gzip = new java.util.zip.GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void saysWhatIsWrongWithPackedFiles() throws Exception {
        convert("vmdk", "subformat=streamOptimized", "disk.vmdk");
        var packed = gzip(Files.readAllBytes(parts.resolve("disk.vmdk")));
        Files.write(parts.resolve("disk.vmdk.gz"), java.util.Arrays.copyOf(packed, packed.length / 2));
        ovf("disk.vmdk.gz\" ovf:compression=\"gzip", "", DISK.sizeBytes());
        var cut = locate("vm/vm.ovf");
        assertThat(catchThrowableOfType(io.godwit.model.fault.FaultException.class, () -> exports.open(cut)).fault().code())
                .isEqualTo("PACKED_FILE_DAMAGED");
        Files.write(parts.resolve("disk.vmdk.gz"), packed);
        var whole = locate("vm/vm.ovf");
        var unpacked = (ExportSpec.Unpacked) ((ExportSpec.Format) whole).inner();
        var huge = new ExportSpec.Unpacked(unpacked.parts(), unpacked.packing(), unpacked.file(), 1L << 60, 1L << 60);
        assertThat(catchThrowableOfType(io.godwit.model.fault.FaultException.class, () -> exports.open(huge)).fault())
                .satisfies(fault -> assertThat(fault.code()).isEqualTo("WORK_VOLUME_FULL"))
                .satisfies(fault -> assertThat(fault.why()).contains(String.valueOf(1L << 60), "free"));
        var small = new ExportSpec.Unpacked(unpacked.parts(), unpacked.packing(), unpacked.file(), 1, 1 << 20);
        assertThat(catchThrowableOfType(io.godwit.model.fault.FaultException.class, () -> exports.open(small)).fault().code())
                .isEqualTo("PACKED_FILE_TOO_LARGE");
        try (var left = Files.list(folder.resolve("unpacked"))) {
            assertThat(left).isEmpty();
        }
        ovf("disk.vmdk\" ovf:chunkSize=\"1000", "", DISK.sizeBytes());
        Files.write(parts.resolve("disk.vmdk.000000000"), new byte[1000]);
        Files.write(parts.resolve("disk.vmdk.000000001"), new byte[999]);
        Files.write(parts.resolve("disk.vmdk.000000002"), new byte[1000]);
        assertThat(source().requireVm("vm/vm.ovf").concerns()).extracting(Concern::id).contains("ova.disk.invalid");
        ovf("disk.vmdk\" ovf:size=\"2500\" ovf:chunkSize=\"1000", "", DISK.sizeBytes());
        Files.write(parts.resolve("disk.vmdk.000000001"), new byte[1000]);
        Files.delete(parts.resolve("disk.vmdk.000000002"));
        assertThat(source().requireVm("vm/vm.ovf").concerns()).extracting(Concern::assessment)
                .anySatisfy(text -> assertThat(text).contains("000000002 is missing", "2000 bytes of 2500"));
        ovf("disk.vmdk.gz\" ovf:compression=\"bzip2", "", DISK.sizeBytes());
        assertThat(source().requireVm("vm/vm.ovf").concerns()).extracting(Concern::id).contains("ova.disk.unsupported");
    }

    /// The place that QEMU leaves out, and a part of a file that begins elsewhere.
    @Test
    void readsExtentsOfZeroesAndPartsOfFiles() throws Exception {
        var all = Files.readAllBytes(folder.resolve("disk.raw"));
        Files.write(parts.resolve("a-flat.vmdk"), all);
        Files.writeString(parts.resolve("a.vmdk"), """
                # Disk DescriptorFile
                version=1
                parentCID=ffffffff
                createType="twoGbMaxExtentFlat"

                RW 128 FLAT "a-flat.vmdk" 256
                RW 384 ZERO
                RW 128 FLAT "a-flat.vmdk" 0
                """);
        ovf("a.vmdk", "", 640 * 512);
        tar();
        var expected = new byte[640 * 512];
        System.arraycopy(all, 256 * 512, expected, 0, 128 * 512);
        System.arraycopy(all, 0, expected, 512 * 512, 128 * 512);
        for (var id : List.of("vm.ova", "vm/vm.ovf")) {
            assertThat(read(locate(id))).as(id).isEqualTo(expected);
        }
    }

    /// A disk without a file, as appliances have them for their data.
    @Test
    void readsABlankDiskBesideARealOne() throws Exception {
        convert("vmdk", "subformat=streamOptimized", "disk.vmdk");
        ovf("disk.vmdk", "", DISK.sizeBytes());
        for (var bytes : new long[]{512, 3 << 20, 5L << 40}) {
            var ovf = parts.resolve("vm.ovf");
            ovf("disk.vmdk", "", DISK.sizeBytes());
            Files.writeString(ovf, Files.readString(ovf)
                    .replace("</DiskSection>", "<Disk ovf:diskId=\"data\" ovf:capacity=\"" + bytes + "\"/></DiskSection>")
                    .replace("</VirtualHardwareSection>", """
                            <Item><rasd:InstanceID>5</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:Parent>3</rasd:Parent>
                              <rasd:HostResource>ovf:/disk/data</rasd:HostResource></Item></VirtualHardwareSection>"""));
            tar();
            for (var id : List.of("vm.ova", "vm/vm.ovf")) {
                var vm = source().requireVm(id);
                assertThat(vm.concerns()).extracting(Concern::id).containsOnly("ova.manifest.missing");
                assertThat(sha256(source().locate(id, vm.identity(), "disk-0", new Stopped()))).isEqualTo(DISK.sha256());
                assertBlank(source().locate(id, vm.identity(), "disk-1", new Stopped()), bytes);
            }
        }
    }

    /// And written to through an overlay, as a conversion may.
    private void assertBlank(ExportSpec spec, long bytes) throws IOException {
        var overlay = folder.resolve("overlays/blank/disk-1.qcow2");
        Files.deleteIfExists(overlay);
        try (var export = exports.open(spec); var source = NbdSource.open(export.uri(), NbdSettings.DEFAULT.connections(1))) {
            assertThat(source.sizeBytes()).isEqualTo(bytes);
            var length = (int) Math.min(1 << 20, bytes);
            for (var at : new long[]{0, bytes - length}) {
                var read = source.read(at, length);
                while (read.hasRemaining()) {
                    assertThat(read.get()).isZero();
                }
            }
            new Overlays(supervisor).create(overlay, export, bytes);
            supervisor.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 0 512", overlay.toString()));
        }
        try (var export = exports.open(new ExportSpec.Overlay(spec, "overlays/blank/disk-1.qcow2"));
                var source = NbdSource.open(export.uri(), NbdSettings.DEFAULT.connections(1))) {
            assertThat(source.sizeBytes()).isEqualTo(bytes);
            assertThat(source.read(0, 512).get()).isEqualTo((byte) 7);
        }
    }

    /// As a conversion does: an overlay over the export, and the export of the overlay, which is what is copied.
    @ParameterizedTest
    @CsvSource({"vmdk,subformat=twoGbMaxExtentSparse,disk.vmdk", "vpc,'subformat=dynamic,force_size=on',disk.vhd",
            "vhdx,subformat=dynamic,disk.vhdx",
            "qcow2,compat=1.1,disk.qcow2"})
    void carriesAnOverlay(String driver, String options, String file) throws Exception {
        convert(driver, options, file);
        ovf(file, "", DISK.sizeBytes());
        var base = locate("vm/vm.ovf");
        var overlay = folder.resolve("overlays/1/disk-0.qcow2");
        var overlays = new Overlays(supervisor);
        try (var export = exports.open(base)) {
            overlays.create(overlay, export, DISK.sizeBytes());
            supervisor.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 65536 65536", overlay.toString()));
        }
        var expected = Files.readAllBytes(folder.resolve("disk.raw"));
        java.util.Arrays.fill(expected, 65_536, 131_072, (byte) 7);
        assertThat(read(new ExportSpec.Overlay(base, "overlays/1/disk-0.qcow2"))).isEqualTo(expected);
    }

    /// qemu-img rounds a VHD up to whole cylinders: the image knows its size.
    @Test
    void aVhdHasTheSizeOfItsFooter() throws Exception {
        convert("vpc", "subformat=dynamic", "disk.vhd");
        ovf("disk.vhd", "", DISK.sizeBytes());
        var bytes = read(locate("vm/vm.ovf"));
        var vm = source().requireVm("vm/vm.ovf");
        assertThat(vm.disks().getFirst().capacityBytes()).isEqualTo(bytes.length).isGreaterThan(DISK.sizeBytes());
        assertThat(HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(java.util.Arrays.copyOf(bytes, (int) DISK.sizeBytes()))))
                .isEqualTo(DISK.sha256());
    }

    @Test
    void refusesWhatNamesOtherFiles() throws Exception {
        Files.writeString(folder.resolve("secret.raw"), "x".repeat(1 << 20));
        supervisor.run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", folder.resolve("disk.raw").toString(),
                parts.resolve("disk.qcow2").toString()));
        assertRefused("disk.qcow2", "ova.disk.names.files");
        for (var name : List.of("../../secret.raw", folder.resolve("secret.raw").toString(), "..", "a\\\\b")) {
            Files.writeString(parts.resolve("d.vmdk"),
                    "# Disk DescriptorFile\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n\nRW 2048 FLAT \""
                            + name + "\" 0\n");
            assertRefused("d.vmdk", "ova.disk.names.files");
        }
        Files.createSymbolicLink(parts.resolve("link.raw"), folder.resolve("secret.raw"));
        Files.writeString(parts.resolve("d.vmdk"),
                "# Disk DescriptorFile\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n\nRW 2048 FLAT \"link.raw\" 0\n");
        assertRefused("d.vmdk", "ova.file.missing");
        Files.writeString(parts.resolve("d.vmdk"),
                "# Disk DescriptorFile\nparentCID=ffffffff\ncreateType=\"fullDevice\"\n\nRW 2048 FLAT \"d.vmdk\" 0\n");
        assertRefused("d.vmdk", "ova.disk.invalid");
    }

    /// What a guest wrote at the beginning of its raw disk is not followed, and a format that was told is not replaced by another.
    @Test
    void neverTakesTheGuestsBytesForAFormat() throws Exception {
        supervisor.run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", folder.resolve("disk.raw").toString(),
                parts.resolve("disk.raw").toString()));
        var size = (Files.size(parts.resolve("disk.raw")) + 511) / 512 * 512;
        Files.write(parts.resolve("disk.raw"), new byte[(int) (size - Files.size(parts.resolve("disk.raw")))],
                java.nio.file.StandardOpenOption.APPEND);
        ovf("disk.raw", "", size);
        assertThat(read(locate("vm/vm.ovf"))).isEqualTo(Files.readAllBytes(parts.resolve("disk.raw")));
        Files.move(parts.resolve("disk.raw"), parts.resolve("disk.vmdk"));
        assertRefused("disk.vmdk", "ova.disk.invalid");
    }

    private void assertRefused(String file, String concern) throws IOException {
        ovf(file, "", 1 << 20);
        assertThat(source().requireVm("vm/vm.ovf").concerns()).extracting(Concern::id).contains(concern);
    }

    private void convert(String driver, String options, String file) {
        var command = new java.util.ArrayList<>(List.of("convert", "-f", "raw", "-O", driver));
        if (!options.isEmpty()) {
            command.addAll(List.of("-o", options));
        }
        command.addAll(List.of(folder.resolve("disk.raw").toString(), parts.resolve(file).toString()));
        supervisor.run(Command.of("qemu-img").with(command.toArray(String[]::new)));
    }

    private void ovf(String file, String uri, long capacityBytes) throws IOException {
        Files.writeString(parts.resolve("vm.ovf"),
                """
                        <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
                            xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
                          <References><File ovf:id="f" ovf:href="%s"/></References>
                          <DiskSection><Info/><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="%d" ovf:format="%s"/></DiskSection>
                          <VirtualSystem ovf:id="vm"><Info/><VirtualHardwareSection><Info/>
                            <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>
                            <Item><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>512</rasd:VirtualQuantity></Item>
                            <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType></Item>
                            <Item><rasd:InstanceID>4</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:Parent>3</rasd:Parent>
                              <rasd:HostResource>ovf:/disk/d</rasd:HostResource></Item>
                          </VirtualHardwareSection></VirtualSystem>
                        </Envelope>
                        """
                        .formatted(file, capacityBytes, uri));
    }

    private void tar() throws IOException {
        try (var files = Files.list(parts)) {
            var names = files.map(path -> path.getFileName().toString()).sorted().toList();
            supervisor.run(Command.of("tar", "--format=ustar", "-C", parts.toString(), "-cf", folder.resolve("ova/vm.ova").toString())
                    .with(names.toArray(String[]::new)));
        }
    }

    private OvaSource source() {
        return new OvaSource(new OvaFolder(folder.resolve("ova")), Duration.ofSeconds(15));
    }

    private ExportSpec locate(String id) {
        var vm = source().requireVm(id);
        assertThat(vm.concerns()).extracting(Concern::id).containsOnly("ova.manifest.missing");
        return source().locate(id, vm.identity(), "disk-0", new Stopped());
    }

    private String sha256(ExportSpec spec) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(read(spec)));
    }

    private byte[] read(ExportSpec spec) {
        try (Export export = exports.open(spec); var source = NbdSource.open(export.uri(), NbdSettings.DEFAULT.connections(1))) {
            var all = new byte[Math.toIntExact(source.sizeBytes())];
            for (var at = 0; at < all.length;) {
                var bytes = source.read(at, Math.min(1 << 20, all.length - at));
                var length = bytes.remaining();
                bytes.get(all, at, length);
                at += length;
            }
            export.requireUnchanged();
            return all;
        }
    }
}
