package io.godwit.cli;

import io.godwit.cli.migrate.GuestWish;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/// What verbs that write plans are told of single guests.
final class GuestOptions {
    private static final Pattern KEY_OF_DEVICE = Pattern.compile("(/dev/[^:]+|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}):(.+)");

    @Option(names = "--root", paramLabel = "VM=DEVICE|first", description = "The system to convert of a VM that has several; repeat for more VMs.")
    List<String> roots = List.of();

    @Option(names = "--key", paramLabel = "VM=[DEVICE:]FILE", description = "A file with the passphrase of a VM's encrypted disks, or of one DEVICE (path or UUID); - reads it from standard input. Repeat for more.")
    List<String> keys = List.of();

    /// Reads the files.
    List<GuestWish> read() {
        var wishes = new ArrayList<GuestWish>();
        for (var each : roots) {
            wishes.add(new GuestWish("--root " + each, vm("--root", each), behind(each), ""));
        }
        for (var each : keys) {
            var vm = vm("--key", each);
            var one = KEY_OF_DEVICE.matcher(behind(each));
            var file = one.matches() ? one.group(2) : behind(each);
            var key = SecretFile.read(Path.of(file));
            if (key.isEmpty()) {
                throw new CommandFailure(ExitStatus.USAGE,
                        Problem.of("", "The key in " + file + " is empty.", "", "Write the passphrase into the file, as one line."));
            }
            wishes.add(new GuestWish("--key " + each, vm, one.matches() ? one.group(1) : "all", key));
        }
        return List.copyOf(wishes);
    }

    private static String vm(String option, String text) {
        int equals = text.indexOf('=');
        if (equals <= 0 || equals == text.length() - 1) {
            throw new CommandFailure(ExitStatus.USAGE, Problem.of("", option + " " + text + " names no VM, or nothing for it.", "",
                    "Write the VM as --vm has it, then = and the value."));
        }
        return text.substring(0, equals);
    }

    private static String behind(String text) {
        return text.substring(text.indexOf('=') + 1);
    }
}
