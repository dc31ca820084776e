package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the real virt-v2v makes of guests that it cannot convert, told without an inspection before it. All of them are [TinyGuest]s.
class RefusedConversionIT {
    private static final int ROOM = 128;
    @TempDir
    private Path folder;

    @BeforeEach
    void onlyInSoak() {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "half a minute each without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
    }

    @Test
    void aGuestWithoutBootLoader() throws Exception {
        var fault = refused(1, ROOM, null, disk -> disk.ext4(alpha().withKernel()));

        assertThat(fault.code()).isEqualTo("GUEST_NO_BOOT_LOADER");
        assertThat(fault.what()).endsWith("the system on /dev/sda1");
    }

    @Test
    void aGuestWithoutKernel() throws Exception {
        var fault = refused(1, ROOM, null, disk -> disk.ext4(alpha().withBootLoader()));

        assertThat(fault.code()).isEqualTo("GUEST_NO_KERNEL");
        assertThat(fault.what()).endsWith("the system on /dev/sda1");
    }

    @Test
    void aGuestWithoutRoom() throws Exception {
        var fault = refused(1, 40, null, disk -> disk.ext4(alpha().withKernel().withBootLoader()));

        assertThat(fault.code()).isEqualTo("GUEST_NO_SPACE");
        assertThat(fault.what()).endsWith("the system on /dev/sda1");
        assertThat(fault.why()).contains("MB free < ");
    }

    @Test
    void twoSystemsWithoutAChoice() throws Exception {
        var fault = refused(2, 64, null, disk -> disk.ext4(alpha()).ext4(new TinyGuest(folder, "beta")));

        assertThat(fault.code()).isEqualTo("GUEST_SEVERAL_SYSTEMS");
        assertThat(fault.why()).contains("/dev/sda1, /dev/sda2");
        assertThat(fault.remedy()).contains("rootDisk");
    }

    @Test
    void aRootThatIsNotThere() throws Exception {
        var fault = refused(2, 64, "/dev/sda9", disk -> disk.ext4(alpha()).ext4(new TinyGuest(folder, "beta")));

        assertThat(fault.code()).isEqualTo("GUEST_ROOT_UNKNOWN");
        assertThat(fault.why()).contains("/dev/sda9 not found").contains("/dev/sda1 /dev/sda2");
    }

    /// As ext4 is left by a newer kernel than the appliance's.
    @Test
    void aFileSystemThatCanOnlyBeRead() throws Exception {
        var fault = refused(1, ROOM, null, disk -> disk.ext4(alpha().withKernel().withBootLoader())
                .debugfs("set_super_value feature_ro_compat 0x80000003"));

        assertThat(fault.code()).isEqualTo("GUEST_FILESYSTEM_DIRTY");
        assertThat(fault.why()).contains("bad superblock on /dev/sda1");
    }

    @Test
    void aFileSystemThatCannotBeRead() throws Exception {
        var fault = refused(1, ROOM, null, disk -> disk.ext4(alpha().withKernel().withBootLoader()).debugfs("clri <8>"));

        assertThat(fault.code()).isEqualTo("GUEST_FILESYSTEM_DIRTY");
        assertThat(fault.why()).contains("No root device found").contains("Cannot be mounted: /dev/sda1");
    }

    @Test
    void aHibernatedWindows() throws Exception {
        var fault = refused(1, ROOM, null, TinyDisk::hibernatedWindows);

        assertThat(fault.code()).isEqualTo("GUEST_FILESYSTEM_DIRTY");
        assertThat(fault.what()).endsWith("the system on /dev/sda1");
        assertThat(fault.why()).contains("Windows Hibernation");
    }

    @Test
    void anEncryptedPartitionBesideAReadableSystem() throws Exception {
        var fault = refused(2, 64, null, disk -> disk.ext4(alpha().withKernel().withBootLoader()).luks());

        assertThat(fault.code()).isEqualTo("GUEST_ENCRYPTED");
        assertThat(fault.why()).contains("/dev/sda2 is encrypted");
    }

    private TinyGuest alpha() throws IOException {
        return new TinyGuest(folder, "alpha");
    }

    private Fault refused(int partitions, int partitionMib, @Nullable String rootDevice, Filling filling) throws IOException {
        try (var machine = new Machine(folder)) {
            var disk = new TinyDisk(machine.supervisor, folder.resolve("a.raw"), partitions, partitionMib);
            filling.fill(disk);
            var job = machine.convert(List.of(Machine.raw("a", disk.image())), false, rootDevice);

            var refusal = catchThrowableOfType(FaultException.class,
                    () -> new VirtV2vConversion(machine.tools(ConverterSettings.DEFAULT)).convert(job, _ -> {
                    }));

            assertThat(refusal).as("the refusal").isNotNull();
            assertThat(machine.programsOfOurs()).as("left over").isEmpty();
            assertThat(machine.work.resolve("overlays/1")).doesNotExist();
            assertThat(refusal.fault().why()).contains("/dev/sda is a").contains("logs/convert-1.log");
            assertThat(refusal.fault().remedy()).isNotBlank();
            return refusal.fault();
        }
    }

    private interface Filling {
        Object fill(TinyDisk disk) throws IOException;
    }
}
