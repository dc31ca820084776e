package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.V2vMessage.Kind;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class V2vFailureTest {
    private static final String DISKS = "/dev/sda is disk0";
    @TempDir
    private Path folder;

    /// What virt-v2v 2.2.0 said of guests of our own making, and what a person is told of it.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            no-boot-loader      | GUEST_NO_BOOT_LOADER   | system on /dev/sda1 | no bootloader detected
            no-grub-mkconfig    | GUEST_NO_BOOT_LOADER   | system on /dev/sda1 | failed to find grub2-mkconfig
            no-kernel           | GUEST_NO_KERNEL        | system on /dev/sda1 | no installed kernel packages
            no-space            | GUEST_NO_SPACE         | system on /dev/sda1 | 37.2 MB free < 50 MB needed
            several-systems     | GUEST_SEVERAL_SYSTEMS  | guest               | They are on /dev/sda1, /dev/sda2
            unknown-root        | GUEST_ROOT_UNKNOWN     | guest               | Roots found were: /dev/sda1 /dev/sda2
            unsupported-feature | GUEST_FILESYSTEM_DIRTY | system on /dev/sda1 | bad superblock on /dev/sda1
            hibernated-windows  | GUEST_FILESYSTEM_DIRTY | system on /dev/sda1 | using Windows Hibernation or Fast Restart
            missing-disk        | GUEST_DISK_MISSING     | guest               | The volume group vg0 lacks a disk
            damaged-journal     | GUEST_FILESYSTEM_DIRTY | guest               | Cannot be mounted: /dev/sda1
            encrypted-data      | GUEST_ENCRYPTED        | guest               | /dev/sda2 is encrypted, and no key was given
            """)
    void knowsRealRefusals(String run, ConverterFault code, String what, String why) {
        var log = Fixtures.log(folder, Fixtures.text("refused/" + run + ".log"));

        var fault = V2vFailure.of(1, Fixtures.messages("refused/" + run + ".stdout"), log, false, "logs/convert-1.log", DISKS);

        assertThat(fault.code()).isEqualTo(code.name());
        assertThat(fault.what()).isEqualTo("virt-v2v did not convert the " + what);
        assertThat(fault.why()).contains(why).contains(DISKS).contains("logs/convert-1.log");
    }

    /// Of virt-v2v-in-place 2.2.0 (EncryptedGuestIT); its stream of messages says nothing.
    @Test
    void knowsAKeyThatOpensNothing() {
        var log = Fixtures.log(folder, """
                libguestfs: trace: v2v: luks_uuid "/dev/sda1"
                virt-v2v-in-place: could not find key to open LUKS encrypted /dev/sda1.

                Try using --key on the command line.

                Original error: cryptsetup_open: cryptsetup exited with status 2: No key available with this passphrase. (0)
                """);

        var fault = V2vFailure.of(1, List.of(), log, false, "logs/convert-1.log", DISKS);

        assertThat(fault.is(ConverterFault.GUEST_KEY_WRONG)).isTrue();
        assertThat(fault.why()).contains("no key of the plan opens /dev/sda1").contains("logs/convert-1.log");
    }

    @Test
    void knowsARealRunOverAnEmptyDisk() {
        var fault = V2vFailure.of(1, Fixtures.messages("empty-disk.stdout"), Fixtures.log(folder, ""), false, "logs/convert-1.log", DISKS);

        assertThat(fault.is(ConverterFault.GUEST_NO_OPERATING_SYSTEM)).isTrue();
        assertThat(fault.why()).contains("No root device found").contains("logs/convert-1.log").doesNotContain("\n");
        assertThat(fault.retryable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            multi-boot operating systems are not supported by virt-v2v.                     | GUEST_SEVERAL_SYSTEMS
            root device /dev/sda9 not found.  Roots found were: /dev/sda1                   | GUEST_ROOT_UNKNOWN
            no installed kernel packages were found.                                        | GUEST_NO_KERNEL
            no bootloader detected                                                          | GUEST_NO_BOOT_LOADER
            unable to mount the disk image for writing. Windows Hibernation or Fast Restart | GUEST_FILESYSTEM_DIRTY
            could not write to the guest filesystem: Read-only file system                  | GUEST_FILESYSTEM_DIRTY
            could not write to the guest filesystem: No space left on device                | GUEST_NO_SPACE
            only Xen kernels are installed in this guest.                                   | GUEST_NO_KERNEL
            inspection of the package database failed for this Linux guest.                 | GUEST_NOT_SUPPORTED
            not enough free space for conversion on filesystem '/'.                         | GUEST_NO_SPACE
            filesystem was mounted read-only, even though we asked for it to be read-write  | GUEST_FILESYSTEM_DIRTY
            libguestfs error: mount_stub: /dev/mapper/crypt-root: No such file              | GUEST_ENCRYPTED
            virt-v2v is unable to convert this guest type (freebsd/freebsd)                 | GUEST_NOT_SUPPORTED
            insufficient free space in the conversion server temporary directory /tmp       | CONVERTER_NO_SPACE
            libguestfs error: guestfs_launch failed.                                        | APPLIANCE_NOT_STARTED
            something that nobody has seen before                                           | CONVERSION_FAILED
            """)
    void knowsEachMessage(String message, ConverterFault expected) {
        assertThat(V2vFailure.of(1, List.of(error(message)), Fixtures.log(folder, ""), false, "log", DISKS).code())
                .isEqualTo(expected.name());
    }

    @Test
    void callsADiskByItsOrderWhateverTheAppliancesKernelCallsIt() {
        var log = Fixtures.log(folder, """
                reverse device name translated: /dev/sdb1 -> /dev/sda1
                guestcheck_for_filesystem_on: /dev/sdb1 (ext4)
                mount: /sysroot: wrong fs type, bad option, bad superblock on /dev/sdb1, missing codepage or helper program, or other error.
                """);
        var error = error("mount: mount exited with status 32: mount: /sysroot: can't read superblock on /dev/sdb1.");

        assertThat(V2vFailure.of(1, List.of(error), log, false, "log", DISKS).why()).contains("superblock on /dev/sda1.")
                .contains("Cannot be mounted: /dev/sda1").doesNotContain("sdb");
    }

    @Test
    void looksIntoTheLogForWhyNothingWasFound() {
        var nothing = List.of(error("No root device found in this operating system image."));

        assertThat(
                V2vFailure.of(1, nothing, Fixtures.log(folder, "list_filesystems = [\"/dev/sda2\", \"crypto_LUKS\"]"), false, "log", DISKS)
                        .code())
                .isEqualTo("GUEST_ENCRYPTED");
        assertThat(V2vFailure
                .of(1, nothing, Fixtures.log(folder, "WARNING: VG vg0 is missing PV abc (last written to /dev/sda2)."), false, "log", DISKS)
                .code())
                .isEqualTo("GUEST_DISK_MISSING");
    }

    @Test
    void tellsAKillFromAFailure() {
        assertThat(V2vFailure.of(137, List.of(), Fixtures.log(folder, ""), false, "log", DISKS))
                .satisfies(fault -> assertThat(fault.is(ConverterFault.CONVERTER_KILLED)).isTrue())
                .satisfies(fault -> assertThat(fault.retryable()).isTrue())
                .satisfies(fault -> assertThat(fault.why()).contains("signal 9"));
    }

    @Test
    void blamesAFullHostBeforeAnythingElse() {
        assertThat(V2vFailure.of(1, List.of(error("No root device found")), Fixtures.log(folder, ""), true, "log", DISKS).code())
                .isEqualTo("CONVERTER_NO_SPACE");
    }

    private static V2vMessage error(String text) {
        return new V2vMessage(Kind.ERROR, text, Instant.EPOCH);
    }
}
