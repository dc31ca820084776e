package io.godwit.export;

import io.godwit.model.fault.FaultException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a plugin of nbdkit says when its source fails, and which fault that is. Each line was seen of the real tool (docs/reference/exports.md).
final class LastWords {
    private static final Pattern ERROR = Pattern.compile("^nbdkit: (?:[a-z0-9-]+\\[\\d+]: )?error: (.*)$");
    /// Of its client, which is us: we left before it had answered (nbdkit's server/protocol.c).
    private static final Pattern OF_THE_CLIENT = Pattern.compile("^(?:read (?:request|data)|write (?:reply|data|error reply)): ");

    /// nbdkit itself: it has no such plugin or filter.
    private static final Rule NO_PLUGIN = rule("cannot open (?:plugin|filter) '", ExportFault.EXPORT_PLUGIN_MISSING);

    static final LastWords HTTP = new LastWords(List.of(
            NO_PLUGIN,
            rule("cookie-script failed: .*login refused", ExportFault.SOURCE_LOGIN_REFUSED),
            rule("cookie-script failed: .*HTTP 5\\d\\d", ExportFault.SOURCE_SERVER_FAILED),
            rule("returned error: 401", ExportFault.SOURCE_LOGIN_REFUSED),
            rule("returned error: 403", ExportFault.SOURCE_ACCESS_FORBIDDEN),
            rule("returned error: (?:404|410)", ExportFault.SOURCE_FILE_MISSING),
            rule("returned error: (?:5\\d\\d|429|408)", ExportFault.SOURCE_SERVER_FAILED),
            rule("does not support 'range'|could not get length of remote file|Failed writing (?:body|received data)",
                    ExportFault.SOURCE_WITHOUT_RANGES),
            rule("(?i)certificate|SSL: |subject name", ExportFault.SOURCE_CERTIFICATE_REFUSED),
            rule("(?i)resolve host|connect to|timeout|timed out|recv (?:failure|error)|send failure|receiving data|empty reply"
                    + "|transferred a partial file|SSL connect error|connection reset|server returned nothing",
                    ExportFault.SOURCE_UNREACHABLE)));

    static final LastWords SSH = new LastWords(List.of(
            NO_PLUGIN,
            rule("host key for server changed|not found but another type of key exists", ExportFault.SOURCE_HOST_KEY_CHANGED),
            rule("host key is unknown|known_hosts|known hosts error", ExportFault.SOURCE_HOST_KEY_UNKNOWN),
            rule("authentication (?:methods )?failed|authentication failed|public key authentication|Access denied",
                    ExportFault.SOURCE_LOGIN_REFUSED),
            rule("(?i)no such file", ExportFault.SOURCE_FILE_MISSING),
            rule("(?i)permission denied", ExportFault.SOURCE_ACCESS_FORBIDDEN),
            rule("failed to connect to remote host|failed to initialize sftp|failed to allocate sftp|(?i)socket error|timeout|disconnected"
                    + "|session is not connected|read failed|seek64 failed|remote host has closed",
                    ExportFault.SOURCE_UNREACHABLE)));

    static final LastWords VDDK = new LastWords(List.of(
            NO_PLUGIN,
            rule("libvixDiskLib\\.so|required VDDK symbol|realpath: ", ExportFault.VDDK_LIBRARY_MISSING),
            rule("(?i)thumbprint|SSL certificate|SSL exception", ExportFault.SOURCE_CERTIFICATE_REFUSED),
            rule("(?i)user name or password|login failed|InvalidLogin|cannot complete login|insufficient permissions",
                    ExportFault.SOURCE_LOGIN_REFUSED),
            rule("(?i)NoPermission|access rights", ExportFault.SOURCE_ACCESS_FORBIDDEN),
            rule("(?i)file was not found|could not be found|does not exist|has already been deleted", ExportFault.SOURCE_FILE_MISSING),
            rule("(?i)refused connection|cannot connect|connect to|connection (?:was )?lost|resolve host|communication|timed out|NFC",
                    ExportFault.SOURCE_UNREACHABLE)));

    private final List<Rule> rules;

    private record Rule(Pattern says, ExportFault means) {}

    /// A fault with what was said of it, in one line.
    record Told(ExportFault fault, String why) {}

    private LastWords(List<Rule> rules) {
        this.rules = rules;
    }

    private static Rule rule(String says, ExportFault means) {
        return new Rule(Pattern.compile(says), means);
    }

    /// What the last of these lines that is known stands for; `null` where none is known.
    @Nullable
    Told of(String said) {
        var lines = said.lines().toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            var error = ERROR.matcher(lines.get(i));
            if (error.matches() && !OF_THE_CLIENT.matcher(error.group(1)).find()) {
                for (var rule : rules) {
                    if (rule.says().matcher(error.group(1)).find()) {
                        return new Told(rule.means(), error.group(1));
                    }
                }
            }
        }
        return null;
    }

    /// The fault of a plugin or a filter that is not there, with the packages that bring it; `null` where it is another one.
    static @Nullable FaultException missing(NbdkitServer server, String said) {
        if (said.lines().noneMatch(line -> NO_PLUGIN.says().matcher(line).find())) {
            return null;
        }
        var debian = server.plugin().equals("vddk")
                ? "nbdkit-plugin-vddk (section contrib of Debian 13 and later; its package can be installed on Debian 12 too)"
                : "nbdkit";
        return new FaultException(ExportFault.EXPORT_PLUGIN_MISSING, "nbdkit could not be started for " + server.from(),
                said.lines().findFirst().orElse("") + "; on Debian it is in " + debian + ", elsewhere in nbdkit-" + server.plugin()
                        + "-plugin or nbdkit-basic-filters");
    }
}
