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
    @TempDir
    private Path folder;

    @Test
    void knowsARealRunOverAnEmptyDisk() {
        var fault = V2vFailure.of(1, Fixtures.messages("empty-disk.stdout"), Fixtures.log(folder, ""), false, "logs/convert-1.log");

        assertThat(fault.is(ConverterFault.GUEST_NO_OPERATING_SYSTEM)).isTrue();
        assertThat(fault.why()).contains("No root device found").contains("logs/convert-1.log").doesNotContain("\n");
        assertThat(fault.retryable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            multi-boot operating systems are not supported by virt-v2v.                     | GUEST_SEVERAL_SYSTEMS
            exception: End_of_file                                                          | GUEST_SEVERAL_SYSTEMS
            root device /dev/sda9 not found.  Roots found were: /dev/sda1                   | GUEST_ROOT_UNKNOWN
            no installed kernel packages were found.                                        | GUEST_NO_KERNEL
            no bootloader detected                                                          | GUEST_NO_BOOT_LOADER
            not enough free space for conversion on filesystem '/'.                         | GUEST_NO_SPACE
            filesystem was mounted read-only, even though we asked for it to be read-write  | GUEST_FILESYSTEM_DIRTY
            libguestfs error: mount_stub: /dev/mapper/crypt-root: No such file              | GUEST_ENCRYPTED
            virt-v2v is unable to convert this guest type (freebsd/freebsd)                 | GUEST_NOT_SUPPORTED
            insufficient free space in the conversion server temporary directory /tmp       | CONVERTER_NO_SPACE
            libguestfs error: guestfs_launch failed.                                        | APPLIANCE_NOT_STARTED
            something that nobody has seen before                                           | CONVERSION_FAILED
            """)
    void knowsEachMessage(String message, ConverterFault expected) {
        assertThat(V2vFailure.of(1, List.of(error(message)), Fixtures.log(folder, ""), false, "log").code()).isEqualTo(expected.name());
    }

    @Test
    void looksIntoTheLogForWhyNothingWasFound() {
        var nothing = List.of(error("No root device found in this operating system image."));

        assertThat(
                V2vFailure.of(1, nothing, Fixtures.log(folder, "list_filesystems = [\"/dev/sda2\", \"crypto_LUKS\"]"), false, "log").code())
                .isEqualTo("GUEST_ENCRYPTED");
        assertThat(V2vFailure
                .of(1, nothing, Fixtures.log(folder, "WARNING: VG vg0 is missing PV abc (last written to /dev/sda2)."), false, "log")
                .code())
                .isEqualTo("GUEST_DISK_MISSING");
    }

    @Test
    void tellsAKillFromAFailure() {
        assertThat(V2vFailure.of(137, List.of(), Fixtures.log(folder, ""), false, "log"))
                .satisfies(fault -> assertThat(fault.is(ConverterFault.CONVERTER_KILLED)).isTrue())
                .satisfies(fault -> assertThat(fault.retryable()).isTrue())
                .satisfies(fault -> assertThat(fault.why()).contains("signal 9"));
    }

    @Test
    void blamesAFullHostBeforeAnythingElse() {
        assertThat(V2vFailure.of(1, List.of(error("No root device found")), Fixtures.log(folder, ""), true, "log").code())
                .isEqualTo("CONVERTER_NO_SPACE");
    }

    private static V2vMessage error(String text) {
        return new V2vMessage(Kind.ERROR, text, Instant.EPOCH);
    }
}
