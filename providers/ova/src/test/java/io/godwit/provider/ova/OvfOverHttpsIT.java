package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.export.Exports;
import io.godwit.export.HttpsPeer;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.SideTask;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.process.Supervisor;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.provider.ova.fixture.StreamOptimizedVmdk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An OVF and its files behind a real https server: several disks, redirections, pieces, and servers that do what they should not.
class OvfOverHttpsIT {
    private static final SeededDisk FIRST = new SeededDisk(41, 3 << 20);
    private static final SeededDisk SECOND = new SeededDisk(42, 2 << 20);

    @TempDir
    private Path folder;
    private HttpsPeer peer;

    @BeforeEach
    void serve() throws Exception {
        peer = new HttpsPeer(folder, Files.writeString(folder.resolve("none"), ""));
        put("/a/first.vmdk", stream(FIRST));
        put("/a/my second.raw", raw(SECOND));
        ovf("/a/vm.ovf", "<File ovf:id=\"f0\" ovf:href=\"first.vmdk\"/><File ovf:id=\"f1\" ovf:href=\"my%20second.raw\"/>");
    }

    @AfterEach
    void stop() {
        peer.close();
    }

    @Test
    void readsEachDiskInPlace() throws IOException {
        put("/a/vm.mf",
                ("SHA256(vm.ovf)= " + sha256(Files.readAllBytes(requireNonNull(peer.files.get("/a/vm.ovf")))) + "\nSHA256(first.vmdk)= "
                        + sha256(stream(FIRST)) + "\nSHA256(my second.raw)= " + SECOND.sha256() + "\n").getBytes(US_ASCII));
        var source = source("/a/vm.ovf");
        var vm = source.inventory().vms().getFirst();
        assertThat(vm.concerns()).extracting(Concern::id).isEmpty();
        requireDisks(source, vm);
        var digests = (SideTask.CheckDigests) source.sideTasks(vm.id(), vm.identity()).getFirst();
        assertThat(digests.ranges()).hasSize(3)
                .allSatisfy(range -> assertThat(sha256(read(range.bytes()))).as(range.expectedHex()).isEqualTo(range.expectedHex()));
    }

    @Test
    void followsRedirectionsToHttpsOnly() {
        for (var name : List.of("vm.ovf", "vm.mf", "first.vmdk", "my second.raw")) {
            peer.moved.put("/old/" + name, peer.url("/a/" + name.replace(" ", "%20")).toString());
        }
        var source = source("/old/vm.ovf");
        requireDisks(source, source.requireVm("vm.ovf"));
        peer.moved.put("/old/first.vmdk", "http://localhost:" + peer.port() + "/a/first.vmdk");
        assertThat(source.inventory().unreadable().getFirst().fault())
                .satisfies(fault -> assertThat(fault.code()).isEqualTo("OVA_SERVER_FAILED"))
                .satisfies(fault -> assertThat(fault.why()).contains("302"));
        peer.moved.put("/old/first.vmdk", "/old/first.vmdk"); // and round and round
        assertThat(source.inventory().unreadable().getFirst().fault().code()).isIn("OVA_SERVER_FAILED", "OVA_UNREADABLE");
    }

    /// A worker asks again, and nobody else: what it is sent to then must not be http either.
    @Test
    void isNotSentToHttpWhenTheDiskIsRead() {
        var source = source("/a/vm.ovf");
        var vm = source.requireVm("vm.ovf");
        var spec = source.locate(vm.id(), vm.identity(), "disk-0", new Stopped());
        peer.moved.put("/a/first.vmdk", "http://localhost:" + peer.port() + "/a/first.vmdk");
        assertThat(catchThrowableOfType(FaultException.class, () -> read(spec))).isNotNull();
    }

    @Test
    void takesWhatLiesBelowItsOwnPathOnly() throws IOException {
        put("/secret.raw", raw(SECOND));
        put("/b/secret.raw", raw(SECOND));
        for (var href : List.of("../secret.raw", "/secret.raw", "%2e%2e/b/secret.raw", peer.url("/secret.raw").toString(),
                "x/../../secret.raw",
                "?secret.raw", "gone.raw")) {
            ovf("/a/vm.ovf", "<File ovf:id=\"f0\" ovf:href=\"" + href + "\"/>");
            assertThat(source("/a/vm.ovf").inventory().unreadable()).as(href).singleElement()
                    .satisfies(each -> assertThat(each.fault().code()).isIn("OVA_FILE_OUTSIDE", "OVA_FILE_MISSING"));
        }
        assertThat(peer.asked()).noneMatch(each -> each.path().endsWith("secret.raw") && !each.path().startsWith("/a/"));
    }

    @Test
    void makesPiecesWhole() throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(stream(FIRST));
        }
        var packed = out.toByteArray();
        int piece = packed.length / 3 + 1;
        for (int i = 0; i < 3; i++) {
            put("/a/first.vmdk.gz.00000000" + i, Arrays.copyOfRange(packed, i * piece, Math.min(packed.length, (i + 1) * piece)));
        }
        ovf("/a/vm.ovf", "<File ovf:id=\"f0\" ovf:href=\"first.vmdk.gz\" ovf:compression=\"gzip\" ovf:chunkSize=\"" + piece
                + "\"/><File ovf:id=\"f1\" ovf:href=\"my%20second.raw\"/>");
        var source = source("/a/vm.ovf");
        requireDisks(source, source.requireVm("vm.ovf"));
    }

    @Test
    void knowsADiskThatWasReplaced() throws IOException {
        var source = source("/a/vm.ovf");
        var vm = source.requireVm("vm.ovf");
        put("/a/my second.raw", new byte[1 << 20]);
        assertThat(fault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()))).isEqualTo("SOURCE_CHANGED");
    }

    /// A server that goes on with its answer when it pleases.
    @Test
    @Timeout(60)
    void waitsForNoServerThatStalls() {
        var source = source("/a/vm.ovf");
        peer.stalled = "/a/first.vmdk";
        assertThat(source.inventory().unreadable().getFirst().fault())
                .satisfies(fault -> assertThat(fault.code()).isEqualTo("OVA_SERVER_FAILED"))
                .satisfies(fault -> assertThat(fault.why()).contains("in the middle of an answer"));
    }

    private void requireDisks(SourceProvider source, SourceVm vm) {
        assertThat(vm.disks()).extracting(SourceVm.SourceDisk::capacityBytes).containsExactly(FIRST.sizeBytes(), SECOND.sizeBytes());
        for (var disk : Map.of("disk-0", FIRST, "disk-1", SECOND).entrySet()) {
            assertThat(sha256(read(source.locate(vm.id(), vm.identity(), disk.getKey(), new Stopped())))).as(disk.getKey())
                    .isEqualTo(disk.getValue().sha256());
        }
    }

    private void put(String path, byte[] bytes) throws IOException {
        peer.files.put(path, Files.write(folder.resolve("served" + path.replace('/', '-')), bytes));
    }

    /// Its second disk is there where the references have a file for it.
    private void ovf(String path, String references) throws IOException {
        var disks = new ArrayList<String>();
        var items = new ArrayList<String>();
        for (int i = 0; references.contains("\"f" + i + "\""); i++) {
            disks.add("<Disk ovf:diskId=\"d" + i + "\" ovf:fileRef=\"f" + i + "\" ovf:capacity=\""
                    + List.of(FIRST, SECOND).get(i).sizeBytes() + "\"/>");
            items.add("<Item><rasd:InstanceID>" + (4 + i) + "</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType><rasd:Parent>3"
                    + "</rasd:Parent><rasd:AddressOnParent>" + i + "</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/d" + i
                    + "</rasd:HostResource></Item>");
        }
        put(path,
                """
                        <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
                            xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
                          <References>%s</References><DiskSection><Info/>%s</DiskSection>
                          <VirtualSystem ovf:id="vm"><Info/><VirtualHardwareSection><Info/>
                            <Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>
                            <Item><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>512</rasd:VirtualQuantity></Item>
                            <Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>6</rasd:ResourceType></Item>%s
                          </VirtualHardwareSection></VirtualSystem></Envelope>
                        """
                        .formatted(references, String.join("", disks), String.join("", items)).getBytes(US_ASCII));
    }

    private static byte[] raw(SeededDisk disk) throws IOException {
        try (var in = disk.open()) {
            return in.readAllBytes();
        }
    }

    private static byte[] stream(SeededDisk disk) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var raw = disk.open()) {
            StreamOptimizedVmdk.write(raw, disk.sizeBytes(), out);
        }
        return out.toByteArray();
    }

    private static String fault(ThrowingCallable call) {
        return catchThrowableOfType(FaultException.class, call).fault().code();
    }

    private SourceProvider source(String path) {
        return new OvaFactory().connect(new ProviderSettings("p", peer.url(path).toString(), Map.of(),
                Map.of("certificates", peer.certificate()), new ProviderSettings.Node("n", List.of(), folder)));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] read(ExportSpec spec) {
        try (var supervisor = new Supervisor(folder.resolve("tmp"));
                var exports = new Exports(supervisor, Files.createDirectories(folder.resolve("run")), folder, _ -> null);
                var export = exports.open(spec);
                var bytes = NbdSource.open(export.uri(), NbdSettings.DEFAULT.connections(1))) {
            var all = new byte[Math.toIntExact(bytes.sizeBytes())];
            for (var at = 0; at < all.length; at += 1 << 20) {
                var length = Math.min(1 << 20, all.length - at);
                bytes.read(at, length).get(all, at, length);
            }
            export.requireUnchanged();
            return all;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
