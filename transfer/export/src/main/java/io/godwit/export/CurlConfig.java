package io.godwit.export;

import io.godwit.model.disk.TlsTrust;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A configuration file of curl(1), for what would else be arguments: those hold secrets. Shows the headers of the answer.
final class CurlConfig {
    private final StringBuilder lines = new StringBuilder();

    private CurlConfig() {}

    /// @param certificates folder with `ca.pem`; `null` = as `trust` says
    static CurlConfig of(URI at, @Nullable String certificates, TlsTrust trust, int seconds) {
        var config = new CurlConfig().add("url", at.toString()).add("proto", "=" + at.getScheme())
                .add("max-time", Integer.toString(seconds))
                .add("dump-header", "-").flag("silent").flag("show-error");
        if (certificates != null) {
            return config.add("cacert", certificates + "/ca.pem").add("capath", certificates);
        }
        return trust instanceof TlsTrust.Unverified ? config.flag("insecure") : config;
    }

    CurlConfig head() {
        return flag("head").dropped();
    }

    CurlConfig range(String range) {
        return add("range", range).add("max-filesize", "65536").dropped();
    }

    CurlConfig redirected() {
        return flag("location");
    }

    CurlConfig user(String user, String password) {
        return add("user", user + ":" + password);
    }

    CurlConfig headers(Map<String, String> headers) {
        headerLines(headers).lines().forEach(this::header);
        return this;
    }

    CurlConfig header(String line) {
        return add("header", line);
    }

    CurlConfig post(Path body) {
        return add("data-binary", "@" + body);
    }

    private CurlConfig dropped() {
        return add("output", "/dev/null");
    }

    private CurlConfig flag(String name) {
        lines.append(name).append('\n');
        return this;
    }

    private CurlConfig add(String name, String value) {
        lines.append(name).append(" = \"").append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t")).append("\"\n");
        return this;
    }

    /// One header per line, as curl and nbdkit take them: one without a value has a semicolon.
    static String headerLines(Map<String, String> headers) {
        var text = new StringBuilder();
        new TreeMap<>(headers).forEach((name, value) -> text.append(name).append(value.isEmpty() ? ";" : ": " + value).append('\n'));
        return text.toString();
    }

    @Override
    public String toString() {
        return lines.toString();
    }
}
