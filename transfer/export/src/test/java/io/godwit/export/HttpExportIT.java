package io.godwit.export;

import static io.godwit.export.TestMachine.assertFault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.godwit.export.HttpsPeer.Guard;
import io.godwit.export.TestMachine.Executable;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.TlsTrust;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// nbdkit's curl plugin, as we start it, against a web server that fails as it is told.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HttpExportIT {
    private static final HttpAccess ANYONE = new HttpAccess.Anyone();

    @TempDir
    Path folder;
    private TestMachine machine;
    private Path image;
    private HttpsPeer peer;
    private List<Path> errorFilesBefore;

    @BeforeEach
    void start() throws Exception {
        machine = new TestMachine(folder, null);
        image = Files.copy(machine.disk, folder.resolve("image"));
        peer = new HttpsPeer(folder, image);
        errorFilesBefore = errorFiles();
    }

    @AfterEach
    void end() throws IOException {
        machine.close();
        peer.close();
        assertThat(folder.resolve("run")).isEmptyDirectory();
        assertThat(errorFiles()).isSubsetOf(errorFilesBefore);
    }

    private static List<Path> errorFiles() throws IOException {
        var found = new ArrayList<Path>();
        try (var files = Files.newDirectoryStream(Path.of("/tmp"), "errors??????")) {
            files.forEach(found::add);
        }
        return found;
    }

    private ExportSpec http(HttpAccess access) {
        return new ExportSpec.Http(peer.url("/disk"), new TlsTrust.Certificates(peer.certificate()), access, Map.of());
    }

    private HttpAccess postedLogin(int renewSeconds) {
        machine.secrets.put("login", HttpsPeer.loginBody(HttpsPeer.PASSWORD));
        return new HttpAccess.PostedLogin(peer.url("/post"), Map.of("Content-Type", "text/xml"), "login", renewSeconds);
    }

    private HttpAccess basicLogin(int renewSeconds) {
        machine.secrets.put("password", HttpsPeer.PASSWORD);
        return new HttpAccess.BasicLogin(peer.url("/basic"), HttpsPeer.USER, "password", renewSeconds);
    }

    private void readsAllThough(Executable halfWay, Export export) throws IOException {
        assertThat(TestMachine.read(export, Duration.ofSeconds(20), halfWay)).isEqualTo(Files.readAllBytes(machine.disk));
    }

    private byte[] read(ExportSpec spec) {
        try (var export = machine.exports.open(spec)) {
            return TestMachine.read(export);
        }
    }

    private void refuses(ExportFault code, HttpAccess access) {
        assertFault(code, () -> machine.exports.open(http(access)).close());
    }

    @Test
    void readsFromAServerWhoseCertificateItKnows() throws IOException {
        assertThat(read(http(ANYONE))).isEqualTo(Files.readAllBytes(machine.disk));
        var anyCertificate = new ExportSpec.Http(peer.url("/disk"), new TlsTrust.Unverified(), ANYONE, Map.of("X-Token", "first"));
        peer.guard = Guard.TOKEN;
        assertThat(read(anyCertificate)).isEqualTo(Files.readAllBytes(machine.disk));
    }

    @Test
    void readsByFourConnectionsSinceThePluginHandlesOneRequestOfEach() {
        try (var export = machine.exports.open(http(ANYONE));
                var source = io.godwit.blockio.NbdSource.open(export.uri(), io.godwit.blockio.NbdSettings.DEFAULT)) {
            assertThat(source.connections()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @CsvSource({"VMDK,vmdk,subformat=streamOptimized", "VMDK,vmdk,subformat=monolithicSparse", "QCOW2,qcow2,compat=1.1",
            "VHD,vpc,'subformat=fixed,force_size=on'", "VHD,vpc,'subformat=dynamic,force_size=on'", "VHDX,vhdx,subformat=dynamic"})
    void readsImagesOfEveryFormat(DiskFormat format, String driver, String options) throws IOException {
        convert(driver, options);
        assertThat(read(new ExportSpec.Format(http(ANYONE), format))).isEqualTo(Files.readAllBytes(machine.disk));
    }

    private void convert(String driver, String options) {
        machine.supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", driver, "-o", options, machine.disk.toString(),
                image.toString()));
    }

    /// QEMU would read zeroes of what is missing.
    @ParameterizedTest
    @CsvSource({"VMDK,vmdk,subformat=streamOptimized", "VMDK,vmdk,subformat=monolithicSparse", "QCOW2,qcow2,compat=1.1"})
    void refusesAnImageThatWasCutShort(DiskFormat format, String driver, String options) throws IOException {
        convert(driver, options);
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> machine.exports.open(new ExportSpec.Format(http(ANYONE), format)))
                .satisfies(e -> assertThat(e.fault().code()).isIn("IMAGE_DAMAGED", "IMAGE_TRUNCATED"));
    }

    @Test
    void readsAnImageInPlaceInsideATar() throws IOException {
        var member = folder.resolve("disk.vmdk");
        machine.supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized",
                machine.disk.toString(), member.toString()));
        machine.supervisor.run(Command.of("tar", "--format=ustar", "-C", folder.toString(), "-cf", image.toString(), "disk.vmdk"));
        var spec = new ExportSpec.Format(new ExportSpec.Range(http(ANYONE), 512, Files.size(member)), DiskFormat.VMDK);
        assertThat(read(spec)).isEqualTo(Files.readAllBytes(machine.disk));
    }

    @Test
    void refusesImagesThatNameOtherFiles() throws IOException {
        convert("vmdk", "subformat=monolithicFlat"); // a descriptor: its flat file is read as raw, by its own address
        assertFault(ExportFault.IMAGE_NAMES_OTHER_FILES, () -> machine.exports.open(new ExportSpec.Format(http(ANYONE), DiskFormat.VMDK)));
        machine.supervisor
                .run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", image.toString(), "8M"));
        assertFault(ExportFault.IMAGE_NAMES_OTHER_FILES, () -> machine.exports.open(new ExportSpec.Format(http(ANYONE), DiskFormat.QCOW2)));
    }

    @Test
    void readsAsAUserWithAPassword() throws IOException {
        peer.guard = Guard.BASIC;
        machine.secrets.put("password", HttpsPeer.PASSWORD + "\n"); // as a file of one line
        assertThat(read(http(new HttpAccess.Basic(HttpsPeer.USER, "password")))).isEqualTo(Files.readAllBytes(machine.disk));
        refuses(ExportFault.SOURCE_LOGIN_REFUSED, ANYONE);
        machine.secrets.put("password", "wrong");
        refuses(ExportFault.SOURCE_LOGIN_REFUSED, new HttpAccess.Basic(HttpsPeer.USER, "password"));
        refuses(ExportFault.EXPORT_SECRET_MISSING, new HttpAccess.Basic(HttpsPeer.USER, "another"));
        machine.secrets.put("password", "two\nlines");
        refuses(ExportFault.EXPORT_SECRET_INVALID, new HttpAccess.Basic(HttpsPeer.USER, "password"));
    }

    static Stream<String> logins() {
        return Stream.of("posted", "basic");
    }

    @ParameterizedTest
    @MethodSource("logins")
    void logsInForACookieAndAgainWhenItExpiresInTheMiddle(String how) throws IOException {
        peer.guard = Guard.COOKIE;
        peer.requestsPerSession = 30; // 64 are needed
        assertThat(read(http(how.equals("posted") ? postedLogin(1) : basicLogin(1)))).isEqualTo(Files.readAllBytes(machine.disk));
        assertThat(peer.logins()).isGreaterThanOrEqualTo(3);
        assertThat(peer.asked()).anySatisfy(each -> assertThat(each.cookie()).isEqualTo("session=\"s3\""));
    }

    @Test
    void takesARenewedCookieInTheMiddle() throws IOException {
        peer.guard = Guard.TOKEN;
        machine.secrets.put("token", "first");
        try (var export = machine.exports.open(http(new HttpAccess.Headers(Map.of("X-Token", "token"))))) {
            readsAllThough(() -> {
                peer.token = "second";
                machine.secrets.put("token", "second");
                machine.exports.renewSecrets();
            }, export);
        }
        machine.secrets.put("cookie", "session=\"s0\"");
        peer.guard = Guard.COOKIE;
        assertThat(read(http(new HttpAccess.Cookie("cookie")))).isEqualTo(Files.readAllBytes(machine.disk));
        machine.secrets.put("cookie", "session=\"stale\"");
        refuses(ExportFault.SOURCE_LOGIN_REFUSED, new HttpAccess.Cookie("cookie"));
    }

    @ParameterizedTest
    @MethodSource("logins")
    void triesARefusedLoginOnceOnly(String how) {
        peer.guard = Guard.COOKIE;
        var access = how.equals("posted") ? postedLogin(1) : basicLogin(1);
        var accepted = new AtomicLong(); // one a second, as long as this machine needs to get that far
        try (var export = machine.exports.open(http(access))) {
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> TestMachine.read(export, Duration.ofSeconds(4), () -> {
                machine.secrets.put("login", HttpsPeer.loginBody("wrong"));
                machine.secrets.put("password", "wrong");
                machine.exports.renewSecrets();
                accepted.set(peer.logins());
                peer.requestsPerSession = 0;
            }))
                    .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo("SOURCE_LOGIN_REFUSED"))
                    .withMessageContaining(how.equals("posted") ? "HTTP 500: Cannot complete login." : "HTTP 401");
        }
        assertThat(accepted.get()).isPositive();
        assertThat(peer.logins() - accepted.get()).as("one that was refused, and perhaps one that was under way").isBetween(1L, 2L);
    }

    @Test
    void saysWhyALoginFails() {
        machine.secrets.put("login", "nonsense");
        refuses(ExportFault.SOURCE_LOGIN_REFUSED, new HttpAccess.PostedLogin(peer.url("/post"), Map.of(), "login", 60));
        refuses(ExportFault.SOURCE_LOGIN_REFUSED, new HttpAccess.PostedLogin(peer.url("/nowhere"), Map.of(), "login", 60));
        var dead = URI.create("https://localhost:1/post");
        refuses(ExportFault.SOURCE_UNREACHABLE, new HttpAccess.PostedLogin(dead, Map.of(), "login", 60));
        var other = new ExportSpec.Http(peer.url("/disk"), new TlsTrust.Machine(),
                new HttpAccess.PostedLogin(peer.url("/post"), Map.of(), "login", 60), Map.of());
        assertFault(ExportFault.SOURCE_CERTIFICATE_REFUSED, () -> machine.exports.open(other));
    }

    @Test
    void showsNoSecretToAnyProcess() throws IOException {
        var secrets = List.of(HttpsPeer.PASSWORD, "s3cret", "session=\"s", "tok-3n");
        var shown = new CopyOnWriteArrayList<String>();
        peer.duringLogin = () -> {
            try {
                shown.addAll(TestMachine.whatProcessesShow()); // nbdkit, its shell and curl
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        };
        peer.guard = Guard.COOKIE;
        for (var access : List.of(postedLogin(60), basicLogin(60))) {
            try (var _ = machine.exports.open(http(access))) {
                shown.addAll(TestMachine.whatProcessesShow());
                shown.addAll(machine.whatLiesAround());
            }
        }
        peer.guard = Guard.TOKEN;
        machine.secrets.put("token", "tok-3n");
        peer.token = "tok-3n";
        try (var _ = machine.exports.open(http(new HttpAccess.Headers(Map.of("X-Token", "token"))))) {
            shown.addAll(TestMachine.whatProcessesShow());
            shown.addAll(machine.whatLiesAround());
        }
        peer.guard = Guard.BASIC;
        try (var _ = machine.exports.open(http(new HttpAccess.Basic(HttpsPeer.USER, "password")))) {
            shown.addAll(TestMachine.whatProcessesShow());
            shown.addAll(machine.whatLiesAround());
        }
        assertThat(shown).anyMatch(each -> each.contains("curl\0--config\0/proc/"));
        assertThat(shown).anyMatch(each -> each.startsWith("nbdkit\0") || each.contains("/nbdkit\0"));
        assertThat(shown).noneMatch(each -> secrets.stream().anyMatch(each::contains));
    }

    @ParameterizedTest
    @CsvSource({"401,SOURCE_LOGIN_REFUSED", "403,SOURCE_ACCESS_FORBIDDEN", "404,SOURCE_FILE_MISSING", "500,SOURCE_SERVER_FAILED",
            "503,SOURCE_SERVER_FAILED", "429,SOURCE_SERVER_FAILED"})
    void tellsWhatAServerAnswersAtFirstAndInTheMiddle(int status, ExportFault fault) {
        try (var export = machine.exports.open(http(ANYONE))) {
            assertFault(fault, () -> TestMachine.read(export, Duration.ofSeconds(1), () -> peer.status = status));
        }
        refuses(fault, ANYONE);
    }

    @Test
    void goesOnWhenAServerIsWellAgain() throws Exception {
        try (var export = machine.exports.open(http(ANYONE))) {
            readsAllThough(() -> {
                peer.cuts.set(7);
                peer.status = 503;
                int before = peer.asked().size();
                Thread.ofVirtual().start(() -> {
                    await().until(() -> peer.asked().size() > before + 10);
                    peer.status = 0;
                });
            }, export);
            assertThat(peer.cuts.get()).as("answers broke off").isLessThanOrEqualTo(0);
        }
    }

    @Test
    void goesOnWhenAServerIsStartedAgain() throws Exception {
        try (var export = machine.exports.open(http(ANYONE))) {
            readsAllThough(() -> {
                peer.stop();
                Thread.ofPlatform().start(() -> {
                    await().pollDelay(Duration.ofMillis(800)).until(() -> true);
                    try {
                        peer.startAgain();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
            }, export);
        }
    }

    @Test
    void refusesAServerWithoutRanges() {
        peer.ranges = HttpsPeer.Ranges.NONE;
        refuses(ExportFault.SOURCE_WITHOUT_RANGES, ANYONE);
    }

    /// nbdkit takes the beginning of what such a server gives for each part of the disk, and says nothing.
    @Test
    void refusesAServerThatAnnouncesRangesAndGivesNone() throws IOException {
        peer.ranges = HttpsPeer.Ranges.ANNOUNCED;
        refuses(ExportFault.SOURCE_WITHOUT_RANGES, ANYONE);
        peer.ranges = HttpsPeer.Ranges.GIVEN;
        try (var export = machine.exports.open(http(ANYONE))) {
            var wrong = TestMachine.read(export, Duration.ofSeconds(5), () -> peer.ranges = HttpsPeer.Ranges.ANNOUNCED);
            assertThat(wrong).isNotEqualTo(Files.readAllBytes(machine.disk));
            assertFault(ExportFault.SOURCE_WITHOUT_RANGES, export::requireUnchanged);
        }
    }

    @Test
    void findsThatTheFileWasReplaced() throws IOException {
        peer.guard = Guard.COOKIE;
        try (var export = machine.exports.open(http(postedLogin(60)))) {
            export.requireUnchanged();
            peer.modified = "Thu, 01 Jan 2026 00:00:00 GMT";
            assertFault(ExportFault.SOURCE_FILE_CHANGED, export::requireUnchanged);
        }
    }

    @Test
    void refusesAServerThatItDoesNotKnow() throws Exception {
        var disk = peer.url("/disk");
        assertFault(ExportFault.SOURCE_CERTIFICATE_REFUSED,
                () -> machine.exports.open(new ExportSpec.Http(disk, new TlsTrust.Machine(), ANYONE, Map.of())));
        try (var other = new HttpsPeer(folder, image)) {
            assertFault(ExportFault.SOURCE_CERTIFICATE_REFUSED, () -> machine.exports
                    .open(new ExportSpec.Http(disk, new TlsTrust.Certificates(other.certificate()), ANYONE, Map.of())));
        }
        var otherName = URI.create("https://127.0.0.1:" + peer.port() + "/disk");
        assertFault(ExportFault.SOURCE_CERTIFICATE_REFUSED, () -> machine.exports
                .open(new ExportSpec.Http(otherName, new TlsTrust.Certificates(peer.certificate()), ANYONE, Map.of())));
        for (var dead : List.of("https://localhost:1/disk", "https://no-such-host.invalid/disk")) {
            assertFault(ExportFault.SOURCE_UNREACHABLE,
                    () -> machine.exports.open(new ExportSpec.Http(URI.create(dead), new TlsTrust.Machine(), ANYONE, Map.of())));
        }
    }
}
