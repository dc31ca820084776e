package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.fault.Fault;
import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.Concern.Severity;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.provider.ova.fixture.StreamOptimizedVmdk;
import io.godwit.provider.ova.fixture.TarFixture;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// OVAs that somebody made to hurt, or that got hurt on the way.
@Timeout(10)
class HostileOvaTest {
    private static final SeededDisk DISK = new SeededDisk(3, 1 << 18);
    private static final byte[] OVF = "<Envelope/>".getBytes(UTF_8);

    @TempDir
    private Path folder;

    @Test
    void anArchiveCutShortAnywhereIsAFaultOrHasAllItsFiles() throws IOException {
        var whole = Files.readAllBytes(OvaFixture.ovftool("x").disk(DISK).write(folder.resolve("x.ova")));
        var faults = 0;
        for (var length = 0; length < whole.length - 2_048; length += 1_021) {
            Files.write(folder.resolve("x.ova"), Arrays.copyOf(whole, length));
            assertThat(inventory().vms()).as("cut at " + length).isEmpty();
            faults += inventory().unreadable().size();
        }
        assertThat(faults).isGreaterThan(20);
        Files.write(folder.resolve("x.ova"), Arrays.copyOf(whole, whole.length - 100_000));
        assertFault(onlyFault(), "OVA_TRUNCATED", "x-disk1.vmdk");
        Files.write(folder.resolve("x.ova"), Arrays.copyOf(whole, whole.length - 1_024)); // without the end marker
        assertThat(inventory().vms().getFirst().concerns()).extracting(Concern::id).containsExactly("ova.archive.unterminated");
    }

    @Test
    void aDiskThatIsListedButMissing() throws IOException {
        OvaFixture.ovftool("x").disk(DISK).manifest(OvaFixture.ManifestForm.NONE)
                .editOvf(ovf -> ovf.replace("href=\"x-disk1.vmdk\"", "href=\"x-disk9.vmdk\"")).write(folder.resolve("x.ova"));
        assertFault(onlyFault(), "OVA_FILE_MISSING", "x-disk9.vmdk");
    }

    @Test
    void aDigestOfAFileThatIsNotThere() throws IOException {
        OvaFixture.ovftool("x").disk(DISK).editManifest(mf -> mf.replace("x-disk1", "x-disk9")).write(folder.resolve("x.ova"));
        assertFault(onlyFault(), "OVA_FILE_MISSING", "x-disk9.vmdk");
    }

    @Test
    void anOvfThatItsManifestDoesNotKnow() throws IOException {
        OvaFixture.ovftool("x").disk(DISK).wrongDigestOf("x.ovf").write(folder.resolve("x.ova"));
        assertFault(onlyFault(), "OVA_DIGEST_MISMATCH", "x.ovf");
    }

    @Test
    void filesOutsideOfThePackage() throws IOException {
        for (var href : new String[]{"/etc/shadow", "../x-disk1.vmdk", "file:///etc/shadow", "http://example.org/d.vmdk", "a\\..\\..\\b"}) {
            OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace("href=\"x-disk1.vmdk\"", "href=\"" + href + "\""))
                    .write(folder.resolve("x.ova"));
            assertFault(onlyFault(), "OVA_FILE_OUTSIDE", href);
        }
    }

    @Test
    void membersThatAPackageHasNoUseFor() throws IOException {
        for (var name : new String[]{"../evil", "/etc/passwd", "a/../../evil", "..", "C:\\evil", "\\evil", "a\\..\\evil", "bell\u0007"}) {
            tar(tar -> tar.file("x.ovf", OVF).file(name, OVF).end());
            assertFault(onlyFault(), "OVA_MEMBER_REFUSED", "x.ova");
        }
        tar(tar -> tar.file("x.ovf", OVF).extended('x', TarFixture.pax("path", "../evil")).file("good", OVF).end());
        assertFault(onlyFault(), "OVA_MEMBER_REFUSED", "leads out");
        tar(tar -> tar.file("x.ovf", OVF).extended('L', "../evil\0".getBytes(UTF_8)).file("good", OVF).end());
        assertFault(onlyFault(), "OVA_MEMBER_REFUSED", "leads out");
        tar(tar -> tar.file("x.ovf", OVF).file("./x.ovf", OVF).end());
        assertFault(onlyFault(), "OVA_MEMBER_REFUSED", "twice");
        for (var type : new char[]{'1', '2', '3', '4', '6', 'S', 'V', 'Z'}) {
            tar(tar -> tar.file("x.ovf", OVF).header("disk.vmdk", type, 0).end());
            assertFault(onlyFault(), "OVA_MEMBER_REFUSED", "disk.vmdk");
        }
        tar(tar -> tar.file("x.ovf", OVF).extended('x', TarFixture.pax("GNU.sparse.major", "1")).file("good", OVF).end());
        assertFault(onlyFault(), "OVA_MEMBER_REFUSED", "sparse");
        tar(tar -> tar.extended('g', TarFixture.pax("size", "5")).file("x.ovf", OVF).end());
        assertFault(onlyFault(), "OVA_MEMBER_REFUSED", "all members");
    }

    @Test
    void sizesBeyondTheFile() throws IOException {
        for (var size : new long[]{1L << 20, 1L << 40, Long.MAX_VALUE}) {
            tar(tar -> tar.file("x.ovf", OVF).header("disk.vmdk", '0', size).raw(new byte[4_096]));
            assertFault(onlyFault(), "OVA_TRUNCATED", "disk.vmdk");
        }
        tar(tar -> tar.file("x.ovf", OVF).extended('x', TarFixture.pax("size", "9223372036854775807")).file("disk.vmdk", OVF).end());
        assertFault(onlyFault(), "OVA_TRUNCATED", "disk.vmdk");
        tar(tar -> tar.file("x.ovf", OVF).extended('x', TarFixture.pax("size", "-5")).file("disk.vmdk", OVF).end());
        assertFault(onlyFault(), "OVA_NOT_AN_ARCHIVE", "no valid size");
        tar(tar -> tar.file("x.ovf", OVF).header("long", 'L', 1L << 34));
        assertFault(onlyFault(), "OVA_TRUNCATED", "extended header");
    }

    @Test
    void membersWithoutEnd() throws IOException {
        tar(tar -> {
            tar.file("x.ovf", OVF);
            for (var i = 0; i < 10_001; i++) {
                tar.file("m" + i, new byte[0]);
            }
        });
        assertFault(onlyFault(), "OVA_TOO_LARGE", "10000");
        tar(tar -> tar.file("x.ovf", new byte[OvaPackage.MAX_OVF_BYTES + 1]).end());
        assertFault(onlyFault(), "OVA_TOO_LARGE", "x.ovf");
        tar(tar -> tar.file("x.ovf", OVF).file("x.mf", new byte[OvaPackage.MAX_MANIFEST_BYTES + 1]).end());
        assertFault(onlyFault(), "OVA_TOO_LARGE", "x.mf");
        tar(tar -> tar.file("x.ovf", OVF).extended('L', new byte[(1 << 20) + 1]).end());
        assertFault(onlyFault(), "OVA_TOO_LARGE", "extended header");
    }

    @Test
    void filesThatAreNoArchive() throws IOException {
        for (var content : new byte[][]{{}, "KDMV".getBytes(UTF_8), new byte[4_096], "x".repeat(2_000).getBytes(UTF_8)}) {
            Files.write(folder.resolve("x.ova"), content);
            assertThat(inventory().vms()).isEmpty();
            assertFault(onlyFault(), "OVA_NOT_AN_ARCHIVE", "x.ova");
        }
        tar(tar -> tar.file("readme", OVF).end());
        assertFault(onlyFault(), "OVA_OVF_MISSING", "no OVF");
        tar(tar -> tar.file("a.ovf", OVF).file("b.ovf", OVF).end());
        assertFault(onlyFault(), "OVA_OVF_MISSING", "2 OVF");
        var damaged = Files.readAllBytes(OvaFixture.ovftool("x").disk(DISK).write(folder.resolve("x.ova")));
        var second = new String(damaged, ISO_8859_1).indexOf("x.mf\0");
        damaged[second + 1] = 'X';
        Files.write(folder.resolve("x.ova"), damaged);
        assertFault(onlyFault(), "OVA_NOT_AN_ARCHIVE", "checksum");
    }

    @Test
    void externalEntitiesAndBillionsOfLaughs() throws IOException {
        var secret = Files.writeString(folder.resolve("secret.txt"), "the secret");
        var laughs = new StringBuilder("<!DOCTYPE Envelope [<!ENTITY a0 \"lol\">");
        for (var i = 1; i < 30; i++) {
            laughs.append("<!ENTITY a").append(i).append(" \"").append(("&a" + (i - 1) + ";").repeat(10)).append("\">");
        }
        for (var type : new String[]{"<!DOCTYPE Envelope [<!ENTITY x SYSTEM \"" + secret.toUri() + "\">]>",
                "<!DOCTYPE Envelope SYSTEM \"" + secret.toUri() + "\">",
                "<!DOCTYPE Envelope [<!ENTITY % p SYSTEM \"" + secret.toUri() + "\"> %p;]>",
                "<!DOCTYPE Envelope PUBLIC \"a\" \"http://127.0.0.1:1/x.dtd\">", laughs + "]>", "<!DOCTYPE Envelope>"}) {
            for (var name : new String[]{"&x;", "&a29;", "plain"}) {
                OvaFixture.ovftool("x").disk(DISK)
                        .editOvf(ovf -> ovf.replace("<Envelope ", type + "<Envelope ").replace("<Name>x<", "<Name>" + name + "<"))
                        .write(folder.resolve("x.ova"));
                var fault = onlyFault();
                assertFault(fault, "OVA_OVF_INVALID", "x.ovf");
                assertThat(fault.toString()).doesNotContain("the secret").hasSizeLessThan(2_000);
            }
        }
    }

    @Test
    void xmlWithoutEndOrSense() throws IOException {
        for (var ovf : new String[]{"", "<", "<Envelope>", "<Envelope></Other>", "<Envelope/><Envelope/>", "<Other/>", "&x;", "<a b=1/>",
                "<Envelope><VirtualSystem/></Envelope>", "<Envelope><References><File/></References></Envelope>",
                "<?xml version=\"1.0\" encoding=\"klingon\"?><a/>",
                "<Envelope>" + "<a>".repeat(100_000), "<Envelope>" + "<a/>".repeat(100_001) + "</Envelope>",
                "<Envelope " + "a='1' ".repeat(100_000) + "/>", "<Envelope><!--" + "-".repeat(10_000)}) {
            tar(tar -> tar.file("x.ovf", ovf.getBytes(UTF_8)).end());
            assertThat(onlyFault().code()).as(ovf.substring(0, Math.min(50, ovf.length()))).isIn("OVA_OVF_INVALID", "OVA_TOO_LARGE");
        }
        tar(tar -> tar.file("x.ovf", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><Envelope/>".getBytes(UTF_16)).end());
        assertFault(onlyFault(), "OVA_OVF_INVALID", "no virtual system");
    }

    @Test
    void hardwareThatCannotBe() throws IOException {
        for (var change : new String[][]{{"<rasd:VirtualQuantity>512<", "<rasd:VirtualQuantity>0<"},
                {"<rasd:VirtualQuantity>512<", "<rasd:VirtualQuantity>-1<"},
                {"<rasd:VirtualQuantity>512<", "<rasd:VirtualQuantity>99999999999999999999<"},
                {"<rasd:VirtualQuantity>512</rasd:VirtualQuantity>", ""},
                {"byte * 2^20", "parsecs"}, {"byte * 2^20", "byte * 2^99"}, {"<rasd:VirtualQuantity>1<", "<rasd:VirtualQuantity>0<"},
                {"<rasd:VirtualQuantity>1<", "<rasd:VirtualQuantity>5000<"}, {"ovf:capacity=\"262144\"", "ovf:capacity=\"0\""},
                {"ovf:capacity=\"262144\"", "ovf:capacity=\"-262144\""}, {"ovf:capacity=\"262144\"", "ovf:capacity=\"${size}\""},
                {"ovf:/disk/vmdisk1", "ovf:/disk/vmdisk7"}, {"ovf:/disk/vmdisk1", "ovf:/file/file1"}, {"ovf:/disk/vmdisk1", ""}}) {
            OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace(change[0], change[1])).write(folder.resolve("x.ova"));
            assertThat(onlyFault().code()).as(Arrays.toString(change)).isEqualTo("OVA_OVF_INVALID");
        }
    }

    @Test
    void disksThatWeCannotReadYetAreShownAndRefused() throws IOException {
        var format = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";
        for (var change : new String[][]{
                {"ovf:id=\"file1\"", "ovf:id=\"file1\" ovf:compression=\"gzip\"", "OVA_DISK_INVALID", "not what it should be"},
                {"ovf:id=\"file1\"", "ovf:id=\"file1\" ovf:chunkSize=\"1000\"", "OVA_FILE_MISSING", "x-disk1.vmdk.000000000 is missing"},
                {"ovf:diskId=\"vmdisk1\"", "ovf:diskId=\"vmdisk1\" ovf:parentRef=\"vmdisk0\"", "OVA_DISK_UNSUPPORTED", "vmdisk0"},
                {format, "http://technet.microsoft.com/en-us/library/bb676673.aspx", "OVA_DISK_INVALID", "it is vpc"},
                {format, "http://www.gnome.org/~markmc/qcow-image-format.html", "OVA_DISK_INVALID", "it is qcow2"}}) {
            OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace(change[0], change[1])).write(folder.resolve("x.ova"));
            assertRefused(change[2], change[3]);
        }
        OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace(" ovf:format=\"" + format + "\"", "")).write(folder.resolve("x.ova"));
        assertThat(inventory().vms().getFirst().concerns()).as("its name is that of a VMDK").isEmpty();
        OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace("ovf:capacity=\"262144\"", "ovf:capacity=\"524288\""))
                .write(folder.resolve("x.ova"));
        assertRefused("OVA_DISK_SIZE_DIFFERS", "524288");
    }

    @Test
    void blankDisksOfSizesThatCannotBe() throws IOException {
        OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace(" ovf:fileRef=\"file1\"", "")
                .replace("ovf:capacity=\"262144\"", "ovf:capacity=\"" + (1L << 57) + "\"")).write(folder.resolve("x.ova"));
        assertRefused("OVA_OVF_INVALID", "an empty disk of " + (1L << 57));
        for (var capacity : new String[]{"", "ovf:capacity=\"0\"", "ovf:capacity=\"-512\"", "ovf:capacity=\"513\"",
                "ovf:capacity=\"99999999999999999999\""}) {
            OvaFixture.ovftool("x").disk(DISK).disk(DISK)
                    .editOvf(ovf -> ovf.replaceFirst("ovf:capacity=\"262144\"(?=.*vmdisk2)", capacity)
                            .replace(" ovf:fileRef=\"file2\"", ""))
                    .write(folder.resolve("x.ova"));
            if (capacity.contains("513")) {
                assertThat(inventory().vms().getFirst().concerns()).extracting(Concern::id).contains("ova.ovf.invalid");
            } else {
                assertThat(onlyFault().code()).as(capacity).isEqualTo("OVA_OVF_INVALID");
            }
        }
    }

    @Test
    void aDiskThatIsNotADisk() throws IOException {
        for (var image : new byte[][]{new byte[0], new byte[100], new byte[4_096], "QFI\u00fb".repeat(1_000).getBytes(ISO_8859_1)}) {
            OvaFixture.ovftool("x").disk(image, 1 << 20).write(folder.resolve("x.ova"));
            assertRefused("OVA_DISK_INVALID", "not what it should be");
        }
        var vmdk = vmdk();
        OvaFixture.ovftool("x").disk(Arrays.copyOf(vmdk, vmdk.length - 512), DISK.sizeBytes()).write(folder.resolve("x.ova"));
        assertRefused("OVA_DISK_INVALID", "last sectors");
    }

    @Test
    void imagesThatNameOtherFiles() throws IOException {
        var text = "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 2048 FLAT \"/etc/shadow\" 0\n";
        OvaFixture.ovftool("x").disk(Arrays.copyOf(text.getBytes(US_ASCII), 4_096), 1 << 20).write(folder.resolve("x.ova"));
        assertRefused("OVA_DISK_NAMES_FILES", "outside of its folder");

        var noCapacity = vmdk();
        ByteBuffer.wrap(noCapacity).order(ByteOrder.LITTLE_ENDIAN).putLong(12, 0);
        OvaFixture.ovftool("x").disk(noCapacity, DISK.sizeBytes()).write(folder.resolve("x.ova"));
        assertRefused("OVA_DISK_NAMES_FILES", "only describes");

        for (var change : new String[][]{{"SPARSE \"call-me-stream.vmdk\"", "FLAT \"/etc/shadow\" 0   "},
                {"parentCID=ffffffff", "parentCID=12345678"},
                {"# Extent description", "RW 1 SPARSE \"/b\""}, {"# Extent description", "parentFileNameHint=a"}}) {
            OvaFixture.ovftool("x").disk(replaced(vmdk(), change[0], change[1]), DISK.sizeBytes()).write(folder.resolve("x.ova"));
            assertRefused("OVA_DISK_NAMES_FILES", "refused");
        }
    }

    /// Patterns that try every way to split a line take hours for a descriptor of a megabyte.
    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void descriptorsThatPatternsGetLostIn() throws IOException {
        var head = "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n";
        var word = "RW 1 " + "a".repeat(400_000) + "\u0085";
        OvaFixture.ovftool("x").disk((head + word).getBytes(ISO_8859_1), 1 << 20).write(folder.resolve("x.ova"));
        assertRefused("OVA_DISK_UNSUPPORTED", "an extent of the type AAA");
        OvaFixture.ovftool("x").disk((head + "a=" + " ".repeat(400_000) + "\"x\"y").getBytes(ISO_8859_1), 1 << 20)
                .write(folder.resolve("x.ova"));
        assertRefused("OVA_DISK_INVALID", "no extent");
        var stream = Arrays.copyOf(vmdk(), 1 << 20);
        ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN).putLong(28, 1).putLong(36, 1_000);
        System.arraycopy(word.getBytes(ISO_8859_1), 0, stream, 512, word.length());
        OvaFixture.ovftool("x").disk(stream, DISK.sizeBytes()).write(folder.resolve("x.ova"));
        assertRefused("OVA_DISK_NAMES_FILES", "another file");
    }

    /// The JDK goes deeper for each member, and the least one has 20 bytes.
    @Test
    void compressedImagesOfEmptyMembers() throws IOException {
        var empty = gzip(new byte[0]);
        var members = new ByteArrayOutputStream();
        for (var i = 0; i < 100_000; i++) {
            members.write(empty);
        }
        compressed(members.toByteArray());
        assertRefused("OVA_DISK_INVALID", "unpacked it has only 0 bytes");
    }

    /// As much as there is of it would be read while somebody waits for the inventory.
    @Test
    void compressedImagesWhoseFirstByteNeverComes() throws IOException {
        var members = new ByteArrayOutputStream();
        members.write(new byte[]{0x1f, (byte) 0x8b, 8, 8, 0, 0, 0, 0, 0, 0});
        members.write("n".repeat(20 << 20).getBytes(US_ASCII));
        members.write(0);
        var image = gzip(vmdk());
        members.write(image, 10, image.length - 10);
        compressed(members.toByteArray());
        assertRefused("OVA_DISK_INVALID", "is not what it should be");
    }

    private void compressed(byte[] packed) throws IOException {
        OvaFixture.ovftool("x").disk(packed, DISK.sizeBytes())
                .editOvf(ovf -> ovf.replace("href=\"x-disk1.vmdk\"", "href=\"x-disk1.vmdk\" ovf:compression=\"gzip\""))
                .write(folder.resolve("x.ova"));
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] replaced(byte[] vmdk, String before, String after) {
        var at = new String(vmdk, ISO_8859_1).indexOf(before);
        assertThat(at).as(before).isPositive();
        var bytes = Arrays.copyOf((after + " ".repeat(100)).getBytes(US_ASCII), Math.max(before.length(), after.length()));
        System.arraycopy(bytes, 0, vmdk, at, bytes.length);
        return vmdk;
    }

    private static byte[] vmdk() throws IOException {
        var out = new ByteArrayOutputStream();
        try (var raw = DISK.open()) {
            StreamOptimizedVmdk.write(raw, DISK.sizeBytes(), out);
        }
        return out.toByteArray();
    }

    /// Shown with a critical concern, and refused when somebody asks for the disk.
    private void assertRefused(String code, String why) {
        var vm = inventory().vms().getFirst();
        assertThat(vm.concerns()).filteredOn(concern -> concern.severity() == Severity.CRITICAL).singleElement()
                .satisfies(concern -> assertThat(concern.assessment()).contains(why));
        OvaSourceTest.assertFault(() -> source().locate(vm.id(), vm.identity(), "disk-0", new Stopped()), OvaFault.valueOf(code));
    }

    private static void assertFault(Fault fault, String code, String mentions) {
        assertThat(fault.code()).as(fault.toString()).isEqualTo(code);
        assertThat(fault.toString()).contains(mentions).contains("x.ova");
    }

    private Fault onlyFault() {
        assertThat(inventory().vms()).isEmpty();
        assertThat(inventory().unreadable()).hasSize(1);
        return inventory().unreadable().getFirst().fault();
    }

    private void tar(Consumer<TarFixture> content) throws IOException {
        Files.copy(new ByteArrayInputStream(TarFixture.bytes(content::accept)), folder.resolve("x.ova"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    private Inventory inventory() {
        return source().inventory();
    }

    private OvaSource source() {
        return new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15));
    }
}
