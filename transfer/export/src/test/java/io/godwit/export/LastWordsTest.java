package io.godwit.export;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The lines were said by nbdkit 1.32.5 and the libraries of Debian 12.
class LastWordsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "HTTP|nbdkit: curl[1]: error: pread: curl_easy_perform: HTTP response code said error: The requested URL returned error: 403|SOURCE_ACCESS_FORBIDDEN",
            "HTTP|nbdkit: curl[1]: error: server does not support 'range' (byte range) requests|SOURCE_WITHOUT_RANGES",
            "HTTP|nbdkit: curl[3]: error: problem doing HEAD request to fetch size of URL [http://127.0.0.1:1/d]: Failure when receiving data from the peer: Recv failure: Connection reset by peer|SOURCE_UNREACHABLE",
            "HTTP|nbdkit: curl[1]: error: problem doing HEAD request to fetch size of URL [https://a/d]: SSL peer certificate or SSH remote key was not OK: server certificate verification failed. CAfile: none CRLfile: none|SOURCE_CERTIFICATE_REFUSED",
            "HTTP|nbdkit: curl[1]: error: problem doing HEAD request to fetch size of URL [https://a/d]: Couldn't resolve host name: Could not resolve host: no-such.invalid|SOURCE_UNREACHABLE",
            "HTTP|nbdkit: curl[1]: error: cookie-script failed: login refused, HTTP 500: Cannot complete login due to an incorrect user name or password.|SOURCE_LOGIN_REFUSED",
            "HTTP|nbdkit: curl[1]: error: cookie-script failed: curl: (7) Failed to connect to localhost port 1 after 0 ms: Couldn't connect to server|SOURCE_UNREACHABLE",
            "HTTP|nbdkit: curl[1]: error: cookie-script failed: curl: (60) SSL certificate problem: self-signed certificate|SOURCE_CERTIFICATE_REFUSED",
            "SSH|nbdkit: ssh[1]: error: host key for server changed|SOURCE_HOST_KEY_CHANGED",
            "SSH|nbdkit: ssh[1]: error: either the host key is unknown, you must use ssh first and accept the host key; or the known_hosts file (usually ~/.ssh/known_hosts) could not be opened|SOURCE_HOST_KEY_UNKNOWN",
            "SSH|nbdkit: ssh[1]: error: all possible authentication methods failed|SOURCE_LOGIN_REFUSED",
            "SSH|nbdkit: ssh[1]: error: failed to connect to remote host: 127.0.0.1: Connection refused|SOURCE_UNREACHABLE",
            "SSH|nbdkit: ssh[1]: error: cannot open file for reading: SFTP server: No such file|SOURCE_FILE_MISSING",
            "VDDK|nbdkit: error: cannot open plugin 'vddk': /usr/lib/nbdkit-vddk-plugin.so: cannot open shared object file: No such file or directory|EXPORT_PLUGIN_MISSING",
            "VDDK|nbdkit: vddk[1]: error: VixDiskLib_ConnectEx: Cannot complete login due to an incorrect user name or password|SOURCE_LOGIN_REFUSED"})
    void knowsWhatToolsSay(String plugin, String line, ExportFault fault) {
        var words = switch (plugin) {
            case "HTTP" -> LastWords.HTTP;
            case "SSH" -> LastWords.SSH;
            default -> LastWords.VDDK;
        };
        var told = words.of("nbdkit: other: debug: 403 404\n" + line + "\nnot an error: 404\n");
        assertThat(told).isNotNull().matches(each -> each.fault() == fault && line.endsWith(each.why()));
    }

    @Test
    void theLastIsWhatCounts() {
        var told = LastWords.HTTP.of("nbdkit: curl[1]: error: x returned error: 503\nnbdkit: curl[1]: error: x returned error: 403\n");
        assertThat(told).isNotNull().matches(each -> each.fault() == ExportFault.SOURCE_ACCESS_FORBIDDEN);
        assertThat(LastWords.HTTP.of("")).isNull();
        assertThat(LastWords.HTTP.of("nbdkit: curl[1]: error: nobody has seen this")).isNull();
    }

    /// What nbdkit says of its client, that is of us: that we left before it had answered.
    @ParameterizedTest
    @ValueSource(strings = {"read request: Connection reset by peer", "write reply: NBD_CMD_READ: Broken pipe",
            "write data: NBD_CMD_READ: Connection reset by peer"})
    void whatIsSaidOfTheClientIsNotTheSources(String ofUs) {
        var told = LastWords.HTTP.of("nbdkit: curl[1]: error: x returned error: 403\nnbdkit: curl[1]: error: " + ofUs + "\n");
        assertThat(told).isNotNull().matches(each -> each.fault() == ExportFault.SOURCE_ACCESS_FORBIDDEN);
    }
}
