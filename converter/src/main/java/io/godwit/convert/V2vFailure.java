package io.godwit.convert;

import io.godwit.model.fault.Fault;
import java.util.List;
import java.util.stream.Collectors;

/// One fault per way in which virt-v2v is known to fail (2.2.0, each message seen or read in its source).
final class V2vFailure {
    private static final int LONGEST_REASON = 600;

    private V2vFailure() {}

    /// What a run that failed means.
    ///
    /// @param exitCode of virt-v2v, never 0
    /// @param log of the run
    /// @param hostIsFull whether the work volume or the temporary directory had no space left
    /// @param logName where a person reads more
    static Fault of(int exitCode, List<V2vMessage> messages, V2vLog log, boolean hostIsFull, String logName) {
        var errors = messages.stream().filter(message -> message.kind() == V2vMessage.Kind.ERROR).map(V2vMessage::text)
                .collect(Collectors.joining("\n"));
        var code = code(exitCode, errors, log, hostIsFull);
        var reason = errors.isEmpty() ? "it gave no reason and ended with " + end(exitCode) : shortened(errors);
        return Fault.of(code, what(code), reason + " (log: " + logName + ")");
    }

    private static ConverterFault code(int exitCode, String errors, V2vLog log, boolean hostIsFull) {
        if (hostIsFull || errors.contains("conversion server temporary directory")) {
            return ConverterFault.CONVERTER_NO_SPACE;
        }
        if (errors.contains("No root device found") || errors.contains("could not detect the source guest")) {
            return log.volumeMissing()
                    ? ConverterFault.GUEST_DISK_MISSING
                    : log.encrypted() ? ConverterFault.GUEST_ENCRYPTED : ConverterFault.GUEST_NO_OPERATING_SYSTEM;
        }
        if (errors.contains("root device") && errors.contains("not found")) {
            return ConverterFault.GUEST_ROOT_UNKNOWN;
        }
        if (errors.contains("multi-boot operating systems are not supported") || errors.contains("End_of_file")) {
            return ConverterFault.GUEST_SEVERAL_SYSTEMS; // without a terminal its menu of roots reads the end of the file
        }
        if (errors.contains("no installed kernel packages were found") || errors.contains("no kernels were found")) {
            return ConverterFault.GUEST_NO_KERNEL;
        }
        if (errors.contains("no bootloader detected")) {
            return ConverterFault.GUEST_NO_BOOT_LOADER;
        }
        if (errors.contains("not enough free space for conversion") || errors.contains("not enough available inodes")
                || errors.contains("No space left on device")) {
            return ConverterFault.GUEST_NO_SPACE;
        }
        if (errors.contains("mounted read-only") || errors.contains("hibernat")) {
            return ConverterFault.GUEST_FILESYSTEM_DIRTY;
        }
        if (errors.contains("mount_stub") || errors.contains("LUKS") || errors.contains("luks")) {
            return ConverterFault.GUEST_ENCRYPTED;
        }
        if (errors.contains("unable to convert this guest") || errors.contains("does not support")
                || errors.contains("don't know how to convert")) {
            return ConverterFault.GUEST_NOT_SUPPORTED;
        }
        if (errors.contains("guestfs_launch failed") || errors.contains("supermin")
                || errors.contains("cannot find any suitable libguestfs")
                || errors.contains("qemu exited")) {
            return ConverterFault.APPLIANCE_NOT_STARTED;
        }
        return exitCode > 128 || log.applianceDied() ? ConverterFault.CONVERTER_KILLED : ConverterFault.CONVERSION_FAILED;
    }

    private static String what(ConverterFault code) {
        return switch (code) {
            case CONVERTER_KILLED -> "virt-v2v or its appliance was killed";
            case APPLIANCE_NOT_STARTED -> "libguestfs could not start its appliance";
            default -> "virt-v2v did not convert the guest";
        };
    }

    private static String end(int exitCode) {
        return exitCode > 128 ? "signal " + (exitCode - 128) : "exit code " + exitCode;
    }

    private static String shortened(String errors) {
        var line = errors.replaceAll("\\s*\n\\s*", " ").strip();
        return line.length() > LONGEST_REASON ? line.substring(0, LONGEST_REASON) + "..." : line;
    }
}
