package io.godwit.provider.ova;

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
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.process.Supervisor;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SpiFault;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An OVA behind a real https server: its inventory by byte ranges, its disk through nbdkit, and what is said of servers that will not do.
class OvaOverHttpsIT {
    private static final SeededDisk DISK = new SeededDisk(31, 5 << 20);

    @TempDir
    private Path folder;
    private HttpsPeer peer;
    private String url = "";

    @BeforeEach
    void serve() throws Exception {
        var ova = OvaFixture.ovftool("web").disk(DISK).write(folder.resolve("web.ova"));
        peer = new HttpsPeer(folder, ova);
        url = peer.url("/web.ova").toString();
    }

    @AfterEach
    void stop() {
        peer.close();
    }

    @Test
    void readsTheInventoryAndTheDiskInPlace() throws Exception {
        var source = source(Map.of("certificates", peer.certificate()));
        var inventory = source.inventory();
        assertThat(inventory.unreadable()).isEmpty();
        var vm = inventory.vms().getFirst();
        assertThat(vm.name()).isEqualTo("web");
        assertThat(vm.concerns()).extracting(Concern::id).isEmpty();
        assertThat(source.requireVm(vm.id())).isEqualTo(vm);
        var spec = source.locate(vm.id(), vm.identity(), "disk-0", new Stopped());
        assertThat(sha256(spec)).isEqualTo(DISK.sha256());
        var digests = (SideTask.CheckDigests) source.sideTasks(vm.id(), vm.identity()).getFirst();
        assertThat(digests.ranges()).hasSize(2).allSatisfy(range -> assertThat(sha256(range.bytes())).isEqualTo(range.expectedHex()));
    }

    @Test
    void knowsAFileThatWasReplaced() {
        var source = source(Map.of("certificates", peer.certificate()));
        var vm = source.requireVm("web.ova");
        peer.modified = "Thu, 01 Jan 2026 00:00:00 GMT";
        assertThat(fault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()))).isEqualTo("SOURCE_CHANGED");
        peer.status = 404;
        assertThat(fault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()))).isEqualTo("VM_NOT_FOUND");
    }

    /// Of the same size, and its server says nothing of when it changed.
    @Test
    void knowsAFileThatWasReplacedByItsTag() {
        peer.modified = "";
        peer.tag = "\"5f-1\"";
        var source = source(Map.of("certificates", peer.certificate()));
        var vm = source.requireVm("web.ova");
        source.locate(vm.id(), vm.identity(), "disk-0", new Stopped());
        peer.tag = "\"5f-2\"";
        assertThat(fault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()))).isEqualTo("SOURCE_CHANGED");
        assertThat(source.requireVm("web.ova").identity()).isNotEqualTo(vm.identity());
    }

    /// A weak tag stays where bytes change, and changes where they do not (RFC 9110, 8.8.1).
    @Test
    void goesByNoWeakTag() {
        peer.tag = "W/\"1\"";
        var source = source(Map.of("certificates", peer.certificate()));
        var vm = source.requireVm("web.ova");
        peer.tag = "W/\"2\"";
        source.locate(vm.id(), vm.identity(), "disk-0", new Stopped());
    }

    @Test
    void refusesACertificateForAnotherNameAndOneThatHasExpired() throws Exception {
        for (var other : Map.of("elsewhere.example", 0, "localhost", 10).entrySet()) {
            var own = Files.createDirectories(folder.resolve(other.getKey()));
            try (var wrong = new HttpsPeer(own, folder.resolve("web.ova"), other.getKey(), other.getValue())) {
                var source = new OvaFactory()
                        .connect(settings(wrong.url("/web.ova").toString(), Map.of("certificates", wrong.certificate())));
                var fault = source.inventory().unreadable().getFirst().fault();
                assertThat(fault.code()).as(other.getKey()).isEqualTo("OVA_CERTIFICATE_REFUSED");
                assertThat(fault.why()).as(other.getKey()).containsIgnoringCase(other.getValue() > 0 ? "expired" : "localhost");
                assertThat(wrong.asked()).as("nothing was asked of it").isEmpty();
            }
        }
    }

    @Test
    void saysWhatAServerLacks() throws Exception {
        var trusted = source(Map.of("certificates", peer.certificate()));
        assertThat(unreadable(source(Map.of()))).isEqualTo("OVA_CERTIFICATE_REFUSED");
        for (var ranges : List.of(HttpsPeer.Ranges.NONE, HttpsPeer.Ranges.ANNOUNCED)) {
            peer.ranges = ranges;
            assertThat(unreadable(trusted)).as(ranges.name()).isEqualTo("OVA_WITHOUT_RANGES");
        }
        peer.ranges = HttpsPeer.Ranges.GIVEN;
        peer.status = 503;
        assertThat(unreadable(trusted)).isEqualTo("OVA_SERVER_FAILED");
        peer.status = 0;
        peer.guard = HttpsPeer.Guard.BASIC;
        assertThat(unreadable(trusted)).isEqualTo("OVA_SERVER_FAILED");
        peer.stop();
        assertThat(unreadable(trusted)).isEqualTo("OVA_UNREADABLE");
    }

    @Test
    void takesAnAddressOfAPackageOnly() {
        assertThat(new OvaFactory().recognises("https://host/a/b.ova?x=y")).isTrue();
        assertThat(new OvaFactory().recognises("https://host/b.OVF")).isTrue();
        for (var other : List.of("https://host/sdk", "https://user@host/b.ova", "https://host/b.ova#x", "https://host/.ova",
                "https://h h/b.ova")) {
            assertThat(fault(() -> new OvaFactory().connect(settings(other, Map.of())))).as(other)
                    .isEqualTo(SpiFault.PROVIDER_URL_INVALID.name());
        }
        assertThat(fault(() -> new OvaFactory().connect(settings("https://host/b.ova", Map.of("certificates", "none")))))
                .isEqualTo(SpiFault.PROVIDER_URL_INVALID.name());
    }

    private static String fault(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(FaultException.class, call).fault().code();
    }

    private static String unreadable(SourceProvider source) {
        return source.inventory().unreadable().getFirst().fault().code();
    }

    private ProviderSettings settings(String location, Map<String, String> secrets) {
        return new ProviderSettings("p", location, Map.of(), secrets, new ProviderSettings.Node("n", List.of(), folder));
    }

    private SourceProvider source(Map<String, String> secrets) {
        return new OvaFactory().connect(settings(url, secrets));
    }

    private String sha256(ExportSpec spec) throws IOException {
        var run = Files.createDirectories(folder.resolve("run"));
        try (var supervisor = new Supervisor(folder.resolve("tmp"));
                var exports = new Exports(supervisor, run, folder, _ -> null);
                var export = exports.open(spec);
                var bytes = NbdSource.open(export.uri(), NbdSettings.DEFAULT.connections(1))) {
            var all = new byte[Math.toIntExact(bytes.sizeBytes())];
            for (var at = 0; at < all.length; at += 1 << 20) {
                var length = Math.min(1 << 20, all.length - at);
                bytes.read(at, length).get(all, at, length);
            }
            export.requireUnchanged();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
