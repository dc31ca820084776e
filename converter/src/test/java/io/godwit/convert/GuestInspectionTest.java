package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuestInspectionTest {
    private static final GuestSystem DEBIAN = system("/dev/sda1", "debian", List.of("6.1.0"));
    private static final GuestSystem FEDORA = system("/dev/sda2", "fedora", List.of("6.8.0"));

    @Test
    void takesTheOnlySystem() {
        assertThat(GuestInspection.verdict(found(List.of(DEBIAN)), null).systems()).containsExactly(DEBIAN);
    }

    @Test
    void wantsAChoiceBetweenSeveralSystems() {
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of(DEBIAN, FEDORA)), null))
                .hasMessageContaining("GUEST_SEVERAL_SYSTEMS")
                .hasMessageContaining("/dev/sda1").hasMessageContaining("/dev/sda2");
        assertThat(GuestInspection.verdict(found(List.of(DEBIAN, FEDORA)), "/dev/sda2").systems()).hasSize(2);
    }

    @Test
    void refusesARootThatIsNotThere() {
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of(DEBIAN)), "/dev/sdb1")).hasMessageContaining("GUEST_ROOT_UNKNOWN");
    }

    @Test
    void tellsEncryptedFromEmpty() {
        var encrypted = new GuestReport(List.of(), List.of(new GuestFilesystem("/dev/sda2", "crypto_LUKS", null, null)),
                List.of("/dev/sda2"));

        assertThatThrownBy(() -> GuestInspection.verdict(new InspectionAnswer(encrypted, List.of(), true, null, null), null))
                .hasMessageContaining("GUEST_ENCRYPTED").hasMessageContaining("/dev/sda2");
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of()), null)).hasMessageContaining("GUEST_NO_OPERATING_SYSTEM");
    }

    @Test
    void missesADiskBeforeItMissesASystem() {
        assertThatThrownBy(
                () -> GuestInspection
                        .verdict(new InspectionAnswer(new GuestReport(List.of(), List.of(), List.of()), List.of("vg0"), true, null, null),
                                null))
                .hasMessageContaining("GUEST_DISK_MISSING").hasMessageContaining("vg0");
    }

    @Test
    void refusesALinuxWithoutKernel() {
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of(system("/dev/sda1", "debian", List.of()))), null))
                .hasMessageContaining("GUEST_NO_KERNEL");
    }

    @Test
    void asksForNoKernelWhereNoneWasLookedFor() {
        var answer = new InspectionAnswer(new GuestReport(List.of(system("/dev/sda1", "debian", List.of())), List.of(), List.of()),
                List.of(), false, null, null);

        assertThat(GuestInspection.verdict(answer, null).systems()).hasSize(1);
    }

    private static InspectionAnswer found(List<GuestSystem> systems) {
        return new InspectionAnswer(new GuestReport(systems, List.of(), List.of()), List.of(), true, null, null);
    }

    private static GuestSystem system(String root, String distribution, List<String> kernels) {
        return new GuestSystem(root, "linux", distribution, distribution, 1, 0, "x86_64", "host", kernels, true);
    }
}
