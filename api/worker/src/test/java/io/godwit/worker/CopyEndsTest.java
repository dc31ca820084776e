package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.SshAccess;
import io.godwit.model.disk.TlsTrust;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class CopyEndsTest {
    @TempDir
    Path folder;

    private static CopyAccess access(Object... words) {
        var access = new CopyAccess();
        var command = CommandSpec.create();
        access.addTo(command);
        new CommandLine(command).parseArgs(Arrays.stream(words).map(Object::toString).toArray(String[]::new));
        return access;
    }

    private Path file(String name, String text, String mode) throws IOException {
        var file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static ExportSpec spec(String word, Object... options) {
        return CopyEnds.source(word, DiskFormat.RAW, access(options)).spec();
    }

    @Test
    void readsFromTheWebAsWhoItIsTold() throws IOException {
        assertThat(spec("http://a/b c".replace(" ", "%20")))
                .isEqualTo(new ExportSpec.Http(java.net.URI.create("http://a/b%20c"), new TlsTrust.Machine(),
                        new HttpAccess.Anyone(), java.util.Map.of()));
        var password = file("password", "p\n", "rw-------");
        var options = access("--password-file", password, "--any-certificate");
        var http = (ExportSpec.Http) CopyEnds.source("https://u%40d@a:8443/b?c=d@e", DiskFormat.RAW, options).spec();
        assertThat(http.url()).hasToString("https://a:8443/b?c=d@e");
        assertThat(http.access()).isEqualTo(new HttpAccess.Basic("u@d", "password"));
        assertThat(http.trust()).isEqualTo(new TlsTrust.Unverified());
        assertThat(options.secret("password")).isEqualTo("p\n");
        var headers = access("--header-file", file("headers", "X-A: b: c\n\nX-D:e\n", "r--------"));
        var byHeader = (ExportSpec.Http) CopyEnds.source("https://a/b", DiskFormat.RAW, headers).spec();
        assertThat(byHeader.access()).isEqualTo(new HttpAccess.Headers(java.util.Map.of("X-A", "header-X-A", "X-D", "header-X-D")));
        assertThat(headers.secret("header-X-A")).isEqualTo("b: c");
    }

    @Test
    void readsBySshFromKnownHostsOnly() throws IOException {
        var known = file("known", "h ssh-ed25519 AAAA\n", "rw-r--r--");
        var key = file("key", "the key", "rw-------");
        assertThat(spec("ssh://u@h/a%20b", "--known-hosts", known, "--identity", key))
                .isEqualTo(new ExportSpec.Ssh("h", 22, "u", "/a b", "h ssh-ed25519 AAAA\n", new SshAccess.Key("key")));
        assertThat(((ExportSpec.Ssh) spec("ssh://h:2222/a", "--known-hosts", known)).user()).isEqualTo(System.getProperty("user.name"));
        refuses(WorkerFault.COPY_SOURCE_UNUSABLE, "ssh://h/a", "--known-hosts", file("empty", "", "rw-------"));
    }

    @Test
    void readsNoSecretThatOthersMayReadToo() throws IOException {
        for (var mode : new String[]{"rw-r-----", "rw----r--", "rw--w----"}) {
            refuses(WorkerFault.COPY_SECRET_EXPOSED, "https://u@a/b", "--password-file", file("password", "p", mode));
        }
        refuses(WorkerFault.COPY_SOURCE_UNUSABLE, "https://u@a/b", "--password-file", folder.resolve("nowhere"));
    }

    @ParameterizedTest
    @CsvSource({"ssh://h/a,--cookie-file", "ssh://h/a,--ca-file", "http://a/b,--password-file", "nbd://a/b,--password-file",
            "/dev/null,--identity",
            "https://a/b,--known-hosts", "https://a/b,--password-file", "https://u@a/b,--cookie-file"})
    void refusesOptionsThatDoNotFit(String source, String option) throws IOException {
        refuses(WorkerFault.COPY_SOURCE_UNUSABLE, source, option, file("x", "x", "rw-------"));
    }

    @ParameterizedTest
    @CsvSource({"https://u:secret@a/b", "ssh://u:secret@a/b", "https:///b", "https://a b/c", "ssh:/a", "https://u@a/b"})
    void refusesAddressesThatSayTooMuchOrTooLittle(String source) {
        refuses(WorkerFault.COPY_SOURCE_UNUSABLE, source);
    }

    private static void refuses(WorkerFault code, String source, Object... options) {
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> spec(source, options))
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name()))
                .satisfies(e -> assertThat(e.fault().what() + e.fault().why()).doesNotContain("secret@"));
    }
}
