package io.godwit.export;

import java.nio.file.Path;

/// Shell for the script parameters of nbdkit-curl-plugin(1), which runs it in sh and takes what it prints. The plugin catches the script's errors in a
/// file under /tmp that it never removes (seen with 1.32.5), so the scripts remove it.
final class CookieScript {
    private static final int SECONDS_BETWEEN_REFUSALS = 30;

    private static final String FORGET = """
            errors=$(readlink /proc/self/fd/2)
            forget() {
                case $errors in
                    /tmp/errors??????) rm -f "$errors" ;;
                esac
            }
            """;

    /// A refused login is not tried again by the next read, nor by the sixty behind it: that would lock the account.
    private static final String LOGIN = FORGET + """
            fail() { # the plugin would read its file after us: its own standard error is heard too, and leaves nothing
                if echo "nbdkit: error: cookie-script failed: $1" 2>/dev/null >"/proc/$PPID/fd/2"; then forget; else echo "$1" >&2; fi
                exit 1
            }
            now=$(date +%%s)
            read -r at said <'%2$s' || at=0
            [ "$now" -ge $((at + %3$d)) ] || fail "$said"
            answer=$(curl --config '%1$s' 2>&1) || fail "$(printf '%%s\\n' "$answer" | grep -m 1 '^curl: ')"
            jar=$(printf '%%s\\n' "$answer" | tr -d '\\r' | awk '
                BEGIN { head = 1 }
                head && /^HTTP\\// { status = $2; jar = ""; next }
                head && tolower($0) ~ /^set-cookie:/ {
                    sub(/^[^:]*: */, ""); sub(/;.*/, "")
                    jar = jar (jar == "" ? "" : "; ") $0
                    next
                }
                head && /^$/ { head = status ~ /^1/; next }
                ! head { body = body " " $0 }
                END {
                    if (status ~ /^2/ && jar != "") { print jar; exit 0 }
                    why = "HTTP " status
                    if (match(body, /<faultstring>[^<]*/)) why = "login refused, " why ": " substr(body, RSTART + 13, RLENGTH - 13)
                    else if (status ~ /^4/) why = "login refused, " why
                    else if (status ~ /^[23]/) why = "login refused, " why ": no cookie was set"
                    print why
                    exit 1
                }') || {
                case $jar in
                    *refused*) echo "$now $jar" >'%2$s' ;;
                esac
                fail "$jar"
            }
            printf '%%s\\n' "$jar" | tee '%4$s'
            forget
            """;

    private CookieScript() {}

    /// Prints that file.
    static String print(Path file) {
        return FORGET + "cat '" + file + "' && forget\n";
    }

    /// Logs in and prints the cookies that were set.
    ///
    /// @param request configuration file of curl(1)
    /// @param refusal an empty file for the last refusal
    /// @param cookies a file for what is printed
    static String login(Path request, Path refusal, Path cookies) {
        return LOGIN.formatted(request, refusal, SECONDS_BETWEEN_REFUSALS, cookies);
    }
}
