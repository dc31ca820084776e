package io.godwit.export;

import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Asks a web server for one byte by ourselves. nbdkit's curl plugin does not look whether it got the range that it asked for: of a server that gives
/// the whole file instead (some caches do, whatever they announce) it takes the beginning for each part of the disk, without a word (seen with 1.32.5).
final class RangeCheck {
    /// The second byte: the first would look the same.
    static final String RANGE = "1-1";
    private static final int TOO_LONG = 63; // curl(1), "EXIT CODES"
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern STATUS = Pattern.compile("HTTP/\\S+ (\\d{3}).*");
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes 1-1/(\\d+)");

    private RangeCheck() {}

    /// What a file on a web server is known again by. Entity tags are not among it: the servers behind one address may give each its own.
    ///
    /// @param modified empty where the server does not tell
    record Version(long sizeBytes, String modified) {}

    /// @param request configuration file of curl(1)
    /// @throws FaultException `SOURCE_WITHOUT_RANGES` and whatever else keeps a server from giving that byte
    static Version ask(Supervisor supervisor, Path request, String from) {
        String answer;
        try {
            answer = supervisor.run(Command.of("curl", "--config", request.toString()).deadline(LIMIT));
        } catch (ChildFailure e) {
            var code = e.exitCode() == TOO_LONG ? ExportFault.SOURCE_WITHOUT_RANGES : ExportFault.SOURCE_UNREACHABLE;
            throw Exports.translated(e, code, from + " could not be asked for a range of bytes");
        }
        var status = "";
        Map<String, String> headers = new HashMap<>();
        for (var line : answer.lines().toList()) {
            var first = STATUS.matcher(line);
            if (first.matches()) { // the answer behind a redirection, or behind "100 Continue"
                status = first.group(1);
                headers.clear();
            } else if (line.indexOf(':') > 0) {
                headers.put(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT), line.substring(line.indexOf(':') + 1).strip());
            }
        }
        return version(status, headers, from);
    }

    private static Version version(String status, Map<String, String> headers, String from) {
        var range = CONTENT_RANGE.matcher(headers.getOrDefault("content-range", ""));
        if (status.equals("206") && range.matches()) {
            return new Version(Long.parseLong(range.group(1)), headers.getOrDefault("last-modified", ""));
        }
        var code = switch (status) {
            case "401" -> ExportFault.SOURCE_LOGIN_REFUSED;
            case "403" -> ExportFault.SOURCE_ACCESS_FORBIDDEN;
            case "404", "410" -> ExportFault.SOURCE_FILE_MISSING;
            case "200", "206" -> ExportFault.SOURCE_WITHOUT_RANGES;
            default -> ExportFault.SOURCE_SERVER_FAILED;
        };
        throw new FaultException(code, from + " did not give one byte that it was asked for",
                "it answered " + status
                        + (status.startsWith("2") ? ", Content-Range: " + headers.getOrDefault("content-range", "none") : ""));
    }
}
