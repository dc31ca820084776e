package io.godwit.convert;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads a serial console as it grows, and knows the signs of a guest that boots, and of one that never will.
final class BootConsole {
    private static final int KEPT = 16 * 1024;
    private static final Pattern CONTROL = Pattern
            .compile("\u001b\\[[0-9;?=]*[ -/]*[@-~]|\u001b[()][A-Za-z0-9]|\u001b[^\\[()]|[\\x00-\\x08\\x0b-\\x1a\\x7f]");
    private static final Pattern UNFINISHED_CONTROL = Pattern.compile("\u001b(\\[[0-9;?=]*)?$");

    /// A sign, and what it tells.
    private record Sign(boolean booted, Pattern pattern) {}

    // @formatter:off
    private static final List<Sign> SIGNS = List.of(
            booted("(?m)^\\S+ login: *(?=$|\\[ *\\d)"), // the kernel may go on behind the prompt
            booted("GODWIT-READY.*"),
            booted("Reached target .*(Multi-User System|Graphical Interface|multi-user\\.target|graphical\\.target).*"),
            failed("Kernel panic - not syncing.*"),
            failed("No bootable device.*"),
            failed("BdsDxe: No bootable option.*"),
            failed("(?m)^.*UEFI Interactive Shell.*"),
            failed("(?m)^grub rescue> *"),
            failed("(?m)^grub> *"),
            failed("ALERT! .* does not exist.*"),
            failed("(?m)^\\(initramfs\\) *"),
            failed("(?m)^dracut:/# *"),
            failed("Entering emergency mode.*"),
            failed("You are in (emergency|rescue) mode.*"),
            failed("Reached target .*(Emergency Mode|Rescue Mode|emergency\\.target|rescue\\.target).*"),
            failed("Give root password for maintenance.*"),
            failed("Press Enter for maintenance.*"),
            failed("Cannot open access to console, the root account is locked.*"));
    // @formatter:on

    private final StringBuilder text = new StringBuilder();
    private String waiting = "";

    private static Sign booted(String pattern) {
        return new Sign(true, Pattern.compile(pattern));
    }

    private static Sign failed(String pattern) {
        return new Sign(false, Pattern.compile(pattern));
    }

    /// What the console says.
    ///
    /// @param evidence the words that it rests on
    record Finding(boolean booted, String evidence) {}

    /// Takes the next bytes of the console; a prompt is known without its line's end.
    ///
    /// @return the first sign in what is left of the console
    Optional<Finding> take(String more) {
        var raw = waiting + more;
        var cut = UNFINISHED_CONTROL.matcher(raw);
        int whole = cut.find() ? cut.start() : raw.length();
        waiting = raw.substring(whole);
        text.append(CONTROL.matcher(raw.substring(0, whole)).replaceAll("").replace("\r\n", "\n").replace('\r', '\n'));
        var found = SIGNS.stream().flatMap(sign -> {
            var match = sign.pattern.matcher(text);
            return match.find() ? Stream.of(new Match(match.start(), new Finding(sign.booted, match.group().strip()))) : Stream.empty();
        }).min(Comparator.comparingInt(Match::at)).map(Match::finding);
        if (text.length() > KEPT) {
            text.delete(0, text.length() - KEPT / 2);
        }
        return found;
    }

    private record Match(int at, Finding finding) {}

    /// The last line that is not empty.
    String lastLine() {
        return text.toString().lines().map(String::strip).filter(line -> !line.isEmpty()).reduce("", (_, last) -> last);
    }
}
