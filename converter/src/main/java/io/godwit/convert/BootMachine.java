package io.godwit.convert;

import io.godwit.model.disk.WorkerJob.BootDisk;
import io.godwit.model.disk.WorkerJob.CheckBoot;
import io.godwit.model.disk.WorkerJob.MachineShape;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// QEMU's command line for a boot check: the VM's own machine, but without network, on overlays, with firmware variables of its own.
final class BootMachine {
    static final long MOST_MEMORY = 2L << 30;
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_PROCESSORS = 2;

    private final CheckBoot job;
    private final Path scratch;

    /// @param scratch holds the overlays, `KEY.qcow2`, and the firmware variables
    BootMachine(CheckBoot job, Path scratch) {
        this.job = job;
        this.scratch = scratch;
    }

    long memoryBytes() {
        return Math.min(job.machine().memoryBytes(), MOST_MEMORY);
    }

    Path overlay(String key) {
        return scratch.resolve(key + ".qcow2");
    }

    private Path variables() {
        return scratch.resolve("variables.fd");
    }

    /// Copies fresh firmware variables where the machine boots by UEFI.
    void prepareFirmware(Path firmwareFolder) {
        if (!job.machine().uefi()) {
            return;
        }
        var template = firmwareFolder.resolve(job.machine().secureBoot() ? "OVMF_VARS_4M.ms.fd" : "OVMF_VARS_4M.fd");
        try {
            Files.copy(template, variables());
        } catch (IOException e) {
            throw new FaultException(ConverterFault.BOOT_FIRMWARE_MISSING,
                    "the UEFI firmware's variables could not be copied from " + template, e);
        }
    }

    List<String> arguments(List<String> acceleration, Path firmwareFolder, Path console, Path monitor, Path agent) {
        var shape = job.machine();
        var all = new ArrayList<>(
                List.of("qemu-system-x86_64", "-name", "boot-check", "-nodefaults", "-no-user-config", "-display", "none"));
        all.addAll(acceleration);
        // graphics=off has SeaBIOS speak on the serial line too; the picture comes from the card below
        all.addAll(List.of("-machine", machine(shape) + ",graphics=off" + (shape.secureBoot() ? ",smm=on" : ""), "-m",
                Long.toString(memoryBytes() >> 20),
                "-smp", Integer.toString(Math.min(MOST_PROCESSORS, shape.sockets() * shape.coresPerSocket() * shape.threadsPerCore())),
                "-uuid",
                shape.uuid(), "-nic", "none", "-device", "VGA", "-rtc", "base=utc"));
        if (shape.uefi()) {
            var code = firmwareFolder.resolve(shape.secureBoot() ? "OVMF_CODE_4M.secboot.fd" : "OVMF_CODE_4M.fd");
            all.addAll(List.of("-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + escaped(code), "-drive",
                    "if=pflash,unit=1,format=raw,file=" + escaped(variables())));
        }
        all.addAll(List.of("-chardev", "file,id=console,path=" + escaped(console), "-serial", "chardev:console"));
        all.addAll(List.of("-chardev", "socket,id=monitor,server=on,wait=off,path=" + escaped(monitor), "-mon",
                "chardev=monitor,mode=control"));
        all.addAll(
                List.of("-device", "virtio-serial-pci", "-chardev", "socket,id=agent,server=on,wait=off,path=" + escaped(agent), "-device",
                        "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"));
        if (shape.diskBus().equals("scsi")) {
            all.addAll(List.of("-device", "virtio-scsi-pci,id=scsi0"));
        }
        for (int i = 0; i < job.disks().size(); i++) {
            var disk = job.disks().get(i);
            all.addAll(List.of("-blockdev", JSON.writeValueAsString(node(disk, i)), "-device",
                    device(shape) + ",drive=disk" + i + ",bootindex=" + (i + 1)));
        }
        return all;
    }

    private static String machine(MachineShape shape) {
        return "i440fx".equals(shape.hints().get("machine")) && !shape.uefi() ? "pc" : "q35";
    }

    private static String device(MachineShape shape) {
        return switch (shape.diskBus()) {
            case "scsi" -> "scsi-hd";
            case "sata", "ide" -> "ide-hd";
            default -> "virtio-blk-pci";
        };
    }

    /// Nothing is probed, and the volume is opened read-only below the overlay.
    private Map<String, Object> node(BootDisk disk, int index) {
        return Map.of("driver", "qcow2", "node-name", "disk" + index, "discard", "unmap", "cache", Map.of("no-flush", true), "file",
                Map.of("driver", "file", "filename", overlay(disk.key()).toString()), "backing",
                Map.of("driver", disk.format().qemuDriver(), "read-only", true, "file",
                        Map.of("driver", "file", "filename", disk.path(), "read-only", true, "locking", "off")));
    }

    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }
}
