package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.ConversionReport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class V2vLogTest {
    @TempDir
    private Path folder;

    @Test
    void tellsTheMachineThatAConvertedDebianNeeds() {
        var report = Fixtures.log(folder, Fixtures.text("debian12.log")).report(Fixtures.messages("debian12.stdout"));

        assertThat(report)
                .isEqualTo(new ConversionReport("virt-v2v-in-place 2.2.0", false, "q35", "virtio-blk", "virtio-net", true, true, true,
                        List.of("could not determine a way to update the configuration of Grub2")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gcaps_block_bus", "gcaps_net_bus", "gcaps_machine", "gcaps_virtio_rng", "i_firmware",
            "virt-v2v-in-place: virt-v2v"})
    void refusesALogThatLacksAnythingAVmDefinitionNeeds(String missing) {
        var log = Fixtures.log(folder,
                Fixtures.text("debian12.log").lines().filter(line -> !line.startsWith(missing)).reduce("", (a, b) -> a + b + "\n"));

        assertThatThrownBy(() -> log.report(List.of())).hasMessageContaining("CONVERSION_REPORT_UNREADABLE");
    }

    @Test
    void refusesAFlagThatIsNeitherTrueNorFalse() {
        var log = Fixtures.log(folder, Fixtures.text("debian12.log").replace("gcaps_virtio_rng = true", "gcaps_virtio_rng = perhaps"));

        assertThatThrownBy(() -> log.report(List.of())).hasMessageContaining("perhaps");
    }

    @Test
    void believesVirtV2vAndNotWhatTheGuestPrintedBefore() {
        var log = Fixtures.log(folder, "gcaps_machine = forged by the guest\n" + Fixtures.text("debian12.log"));

        assertThat(log.report(List.of()).machine()).isEqualTo("q35");
    }

    @Test
    void warnsOfAUefiGuestThatFreshFirmwareCannotBoot() {
        var uefi = Fixtures.text("debian12.log").replace("i_firmware = BIOS", "i_firmware = UEFI [/dev/sda1]");

        assertThat(Fixtures.log(folder, uefi).report(List.of()).warnings()).isEmpty();
        assertThat(Fixtures.log(folder, uefi + "No UEFI fix rule for debian 12\n").report(List.of()))
                .satisfies(report -> assertThat(report.uefi()).isTrue())
                .satisfies(report -> assertThat(report.warnings()).singleElement().asString().contains("EFI\\BOOT"));
    }

    @Test
    void readsLinesThatTheAppliancesConsoleHadBegun() {
        var text = Fixtures.text("debian12.log").replace("i_firmware", "guestfsd: i_firmware").replace("gcaps_machine",
                "guestfgcaps_machine");

        assertThat(Fixtures.log(folder, text).report(List.of()).machine()).isEqualTo("q35");
    }

    @Test
    void survivesLinesOfAnyLength() {
        var log = Fixtures.log(folder, "x".repeat(1 << 20) + "\n" + Fixtures.text("debian12.log"));

        assertThat(log.report(List.of()).blockBus()).isEqualTo("virtio-blk");
    }
}
