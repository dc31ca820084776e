package io.godwit.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A Debian that is no more than what libguestfs and virt-v2v look at: a few files. Made in a moment; it never boots.
final class TinyGuest {
    static final String KERNEL = "6.1.0-99-amd64";
    private final Path tree;

    TinyGuest(Path folder, String name) throws IOException {
        tree = folder.resolve(name);
        for (var each : new String[]{"bin", "boot", "lib/modules", "root", "tmp", "usr/sbin", "var/lib/dpkg/info"}) {
            Files.createDirectories(tree.resolve(each));
        }
        write("etc/os-release",
                "PRETTY_NAME=\"Debian GNU/Linux 12 (" + name + ")\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n");
        write("etc/debian_version", "12.15\n");
        write("etc/hostname", name + "\n");
        write("etc/fstab", "LABEL=" + name + " / ext4 defaults 0 1\n");
        write("var/lib/dpkg/status", aPackage("base-files"));
        Files.copy(Path.of("/bin/true"), tree.resolve("bin/sh")); // tells the architecture
    }

    TinyGuest withKernel() throws IOException {
        var modules = "lib/modules/" + KERNEL + "/";
        write("boot/vmlinuz-" + KERNEL, "x");
        write("boot/initrd.img-" + KERNEL, "x");
        write("boot/config-" + KERNEL, "CONFIG_X=y\n");
        write(modules + "modules.dep", "kernel/drivers/virtio_blk.ko:\nkernel/drivers/virtio_pci.ko:\n");
        Files.copy(Path.of("/bin/true"), Files.createDirectories(tree.resolve(modules + "kernel/drivers")).resolve("virtio_blk.ko"));
        write("var/lib/dpkg/status", aPackage("base-files") + aPackage("linux-image-" + KERNEL));
        write("var/lib/dpkg/info/linux-image-" + KERNEL + ".list",
                "/boot/vmlinuz-" + KERNEL + "\n/boot/config-" + KERNEL + "\n/" + modules + "modules.dep\n/" + modules
                        + "kernel/drivers/virtio_blk.ko\n");
        return this;
    }

    TinyGuest withBootLoader() throws IOException {
        write("boot/grub/grub.cfg", "menuentry x {\n linux /boot/vmlinuz-" + KERNEL + " root=/dev/sda1\n}\n");
        write("etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"\n");
        Files.copy(Path.of("/bin/true"), tree.resolve("usr/sbin/grub-mkconfig"));
        return this;
    }

    /// What its /etc/fstab has for /.
    TinyGuest withRootAt(String device) throws IOException {
        write("etc/fstab", device + " / ext4 defaults 0 1\n");
        return this;
    }

    /// Its root folder.
    Path tree() {
        return tree;
    }

    /// Also the label of its root file system.
    String name() {
        return String.valueOf(tree.getFileName());
    }

    private void write(String name, String text) throws IOException {
        var file = tree.resolve(name);
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, text);
    }

    private static String aPackage(String name) {
        return "Package: " + name + "\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMaintainer: x\nDescription: x\n\n";
    }
}
