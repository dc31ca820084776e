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
    /// @param disks which disk each device is
    static Fault of(int exitCode, List<V2vMessage> messages, V2vLog log, boolean hostIsFull, String logName, String disks) {
        var errors = messages.stream().filter(message -> message.kind() == V2vMessage.Kind.ERROR).map(V2vMessage::text)
                .collect(Collectors.joining("\n"));
        var code = code(exitCode, errors, log, hostIsFull);
        return Fault.of(code, what(code, log), reason(exitCode, errors, code, log) + " (" + disks + "; log: " + logName + ")");
    }

    private static String reason(int exitCode, String errors, ConverterFault code, V2vLog log) {
        var key = log.keyMissing();
        if (key.isPresent() && code == ConverterFault.GUEST_ENCRYPTED) {
            return key.get() + " is encrypted, and no key was given";
        }
        if (log.keysRefused().isPresent() && code == ConverterFault.GUEST_KEY_WRONG) {
            return "no key of the plan opens " + log.keysRefused().get();
        }
        var reason = errors.isEmpty() ? "it gave no reason and ended with " + end(exitCode) : shortened(errors);
        return switch (code) {
            case GUEST_SEVERAL_SYSTEMS -> reason + " They are on " + log.roots();
            case GUEST_FILESYSTEM_DIRTY -> log.named(reason)
                    + (log.notMounted().isEmpty() ? "" : " Cannot be mounted: " + String.join(", ", log.notMounted()));
            case GUEST_DISK_MISSING -> reason + " The volume group " + String.join(", ", log.incompleteGroups()) + " lacks a disk";
            default -> reason;
        };
    }

    private static ConverterFault code(int exitCode, String errors, V2vLog log, boolean hostIsFull) {
        if (hostIsFull || errors.contains("conversion server temporary directory")) {
            return ConverterFault.CONVERTER_NO_SPACE;
        }
        if (errors.isEmpty() && log.keysRefused().isPresent()) {
            return ConverterFault.GUEST_KEY_WRONG;
        }
        if (errors.isEmpty() && log.keyMissing().isPresent()) {
            return ConverterFault.GUEST_ENCRYPTED;
        }
        if (errors.contains("No root device found") || errors.contains("could not detect the source guest")) {
            return nothingFound(log);
        }
        if (errors.contains("root device") && errors.contains("not found")) {
            return ConverterFault.GUEST_ROOT_UNKNOWN;
        }
        if (errors.contains("multi-boot operating systems are not supported")) {
            return ConverterFault.GUEST_SEVERAL_SYSTEMS;
        }
        if (errors.contains("no installed kernel packages were found") || errors.contains("no kernels were found")
                || errors.contains("only Xen kernels are installed")) {
            return ConverterFault.GUEST_NO_KERNEL;
        }
        if (errors.contains("no bootloader detected") || errors.contains("failed to find grub2-mkconfig")
                || errors.contains("could not find bootloader mount point")) {
            return ConverterFault.GUEST_NO_BOOT_LOADER;
        }
        if (errors.contains("not enough free space for conversion") || errors.contains("not enough available inodes")
                || errors.contains("No space left on device")) {
            return ConverterFault.GUEST_NO_SPACE;
        }
        if (errors.contains("mounted read-only") || errors.contains("unable to mount the disk image for writing")
                || errors.contains("could not write to the guest filesystem") || errors.contains("mount: mount exited with status")) {
            return ConverterFault.GUEST_FILESYSTEM_DIRTY;
        }
        if (errors.contains("could not find key to open")) {
            return ConverterFault.GUEST_KEY_WRONG;
        }
        if (errors.contains("mount_stub") || errors.contains("LUKS") || errors.contains("luks")) {
            return ConverterFault.GUEST_ENCRYPTED;
        }
        if (errors.contains("unable to convert this guest") || errors.contains("does not support")
                || errors.contains("don't know how to convert") || errors.contains("inspection of the package database failed")
                || errors.contains("this is not an installed operating system")) {
            return ConverterFault.GUEST_NOT_SUPPORTED;
        }
        if (errors.contains("guestfs_launch failed") || errors.contains("supermin")
                || errors.contains("cannot find any suitable libguestfs")
                || errors.contains("qemu exited")) {
            return ConverterFault.APPLIANCE_NOT_STARTED;
        }
        return exitCode > 128 || log.applianceDied() ? ConverterFault.CONVERTER_KILLED : ConverterFault.CONVERSION_FAILED;
    }

    private static ConverterFault nothingFound(V2vLog log) {
        if (log.volumeMissing()) {
            return ConverterFault.GUEST_DISK_MISSING;
        }
        if (log.encrypted()) {
            return ConverterFault.GUEST_ENCRYPTED;
        }
        return log.notMounted().isEmpty() ? ConverterFault.GUEST_NO_OPERATING_SYSTEM : ConverterFault.GUEST_FILESYSTEM_DIRTY;
    }

    private static String what(ConverterFault code, V2vLog log) {
        return switch (code) {
            case CONVERTER_KILLED -> "virt-v2v or its appliance was killed";
            case APPLIANCE_NOT_STARTED -> "libguestfs could not start its appliance";
            default -> "virt-v2v did not convert the " + log.root().map(root -> "system on " + root).orElse("guest");
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
