package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GuestInspectionTest {
    private static final String DISKS = "/dev/sda is disk0";
    private static final GuestSystem DEBIAN = system("/dev/sda1", "debian", List.of("6.1.0"));
    private static final GuestSystem FEDORA = system("/dev/sda2", "fedora", List.of("6.8.0"));

    @Test
    void takesTheOnlySystem() {
        assertThat(GuestInspection.verdict(found(List.of(DEBIAN)), null, DISKS).systems()).containsExactly(DEBIAN);
    }

    @Test
    void wantsAChoiceBetweenSeveralSystems() {
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of(DEBIAN, FEDORA)), null, DISKS))
                .hasMessageContaining("GUEST_SEVERAL_SYSTEMS")
                .hasMessageContaining("/dev/sda1").hasMessageContaining("/dev/sda2");
        assertThat(GuestInspection.verdict(found(List.of(DEBIAN, FEDORA)), "/dev/sda2", DISKS).systems()).hasSize(2);
    }

    @Test
    void refusesARootThatIsNotThere() {
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of(DEBIAN)), "/dev/sdb1", DISKS))
                .hasMessageContaining("GUEST_ROOT_UNKNOWN");
    }

    @Test
    void tellsEncryptedFromEmpty() {
        var encrypted = new GuestReport(List.of(), List.of(new GuestFilesystem("/dev/sda2", "crypto_LUKS", null, null)),
                List.of("/dev/sda2"));

        assertThatThrownBy(
                () -> GuestInspection.verdict(
                        new InspectionAnswer(encrypted, List.of(), Map.of(), Map.of(), List.of("/dev/sda2"), List.of(), true, null, null),
                        null,
                        DISKS))
                .hasMessageContaining("GUEST_ENCRYPTED").hasMessageContaining("/dev/sda2");
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of()), null, DISKS)).hasMessageContaining("GUEST_NO_OPERATING_SYSTEM");
    }

    @Test
    void refusesAnEncryptedDiskBesideAReadableSystem() {
        var guest = new GuestReport(List.of(DEBIAN), List.of(), List.of("/dev/sda2"));

        assertThatThrownBy(
                () -> GuestInspection.verdict(
                        new InspectionAnswer(guest, List.of(), Map.of(), Map.of(), List.of("/dev/sda2"), List.of(), true, null, null), null,
                        DISKS))
                .hasMessageContaining("GUEST_ENCRYPTED").hasMessageContaining("/dev/sda2").hasMessageContaining(DISKS);
    }

    @Test
    void refusesASystemWhoseFstabLeadsVirtV2vToAnother() {
        var guest = new GuestReport(List.of(DEBIAN, FEDORA), List.of(), List.of());
        var answer = new InspectionAnswer(guest, List.of(), Map.of(), Map.of("/dev/sda2", "/dev/sda1"), List.of(), List.of(), true, null,
                null);

        assertThat(GuestInspection.verdict(answer, "/dev/sda1", DISKS)).isEqualTo(guest);
        assertThatThrownBy(() -> GuestInspection.verdict(answer, "/dev/sda2", DISKS)).hasMessageContaining("GUEST_ROOT_ELSEWHERE")
                .hasMessageContaining("its own /etc/fstab has /dev/sda1 for /");
    }

    @Test
    void saysWhatCouldNotBeMountedWhereNothingWasFound() {
        var guest = new GuestReport(List.of(), List.of(new GuestFilesystem("/dev/sda1", "ext4", null, null)), List.of());
        var answer = new InspectionAnswer(guest, List.of(), Map.of("/dev/sda1", "mount_ro: bad superblock"), Map.of(), List.of(), List.of(),
                true, null, null);

        assertThatThrownBy(() -> GuestInspection.verdict(answer, null, DISKS)).hasMessageContaining("GUEST_FILESYSTEM_DIRTY")
                .hasMessageContaining("/dev/sda1 cannot be mounted: mount_ro: bad superblock");
    }

    @Test
    void saysWhichMountPointHidesTheKernels() {
        var guest = new GuestReport(List.of(system("/dev/sda2", "debian", List.of())), List.of(), List.of());
        var answer = new InspectionAnswer(guest, List.of(), Map.of("/dev/sda1", "mount_ro: bad superblock"), Map.of(), List.of(), List.of(),
                true, null, null);

        assertThatThrownBy(() -> GuestInspection.verdict(answer, null, DISKS)).hasMessageContaining("GUEST_NO_KERNEL")
                .hasMessageContaining("/dev/sda2").hasMessageContaining("/dev/sda1 cannot be mounted");
    }

    @Test
    void missesADiskBeforeItMissesASystem() {
        var nothing = new GuestReport(List.of(), List.of(), List.of());
        var answer = new InspectionAnswer(nothing, List.of("vg0"), Map.of(), Map.of(), List.of(), List.of(), true, null, null);

        assertThatThrownBy(() -> GuestInspection.verdict(answer, null, DISKS)).hasMessageContaining("GUEST_DISK_MISSING")
                .hasMessageContaining("vg0").hasMessageContaining(DISKS);
    }

    @Test
    void tellsAKeyThatDoesNotOpenFromNone() {
        var encrypted = new GuestReport(List.of(), List.of(), List.of("/dev/sda2"));
        var answer = new InspectionAnswer(encrypted, List.of(), Map.of(), Map.of(), List.of(), List.of("/dev/sda2"), true, null, null);

        assertThatThrownBy(() -> GuestInspection.verdict(answer, null, DISKS)).hasMessageContaining("GUEST_KEY_WRONG")
                .hasMessageContaining("/dev/sda2");
        assertThat(new InspectionRequest.Key("all", "hunter2").toString()).doesNotContain("hunter2");
    }

    @Test
    void takesTheFirstSystemWhereThatIsChosen() {
        var both = List.of(system("/dev/sda2", "debian", List.of("6.1")), system("/dev/sda1", "fedora", List.of()));

        assertThat(GuestInspection.verdict(found(both), "first", DISKS).systems()).hasSize(2);
        assertThatThrownBy(() -> GuestInspection.verdict(found(both.reversed()), "first", DISKS)).hasMessageContaining("GUEST_NO_KERNEL");
    }

    @Test
    void refusesALinuxWithoutKernel() {
        assertThatThrownBy(() -> GuestInspection.verdict(found(List.of(system("/dev/sda1", "debian", List.of()))), null, DISKS))
                .hasMessageContaining("GUEST_NO_KERNEL");
    }

    @Test
    void asksForNoKernelWhereNoneWasLookedFor() {
        var answer = new InspectionAnswer(new GuestReport(List.of(system("/dev/sda1", "debian", List.of())), List.of(), List.of()),
                List.of(), Map.of(), Map.of(), List.of(), List.of(), false, null, null);

        assertThat(GuestInspection.verdict(answer, null, DISKS).systems()).hasSize(1);
    }

    private static InspectionAnswer found(List<GuestSystem> systems) {
        return new InspectionAnswer(new GuestReport(systems, List.of(), List.of()), List.of(), Map.of(), Map.of(), List.of(), List.of(),
                true, null, null);
    }

    private static GuestSystem system(String root, String distribution, List<String> kernels) {
        return new GuestSystem(root, "linux", distribution, distribution, 1, 0, "x86_64", "host", kernels, true);
    }
}
