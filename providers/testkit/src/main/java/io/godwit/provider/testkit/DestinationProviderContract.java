package io.godwit.provider.testkit;

import static io.godwit.provider.testkit.SourceProviderContract.assertFault;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.DestinationProvider.Logs;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import io.godwit.provider.SpiFault;
import io.godwit.provider.VmRequest;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What every destination is held to. Extend it with a platform that has room for a few small disks.
public abstract class DestinationProviderContract {
    private static final long SIZE_BYTES = 4L << 20;
    private static final long WORK_BYTES = 1L << 20;

    private final VmMigrationId owner = VmMigrationId.random();
    private final VmMigrationId other = VmMigrationId.random();

    /// Connected; the same platform for the whole test.
    protected abstract DestinationProvider destination();

    /// A network that cards can be mapped to there.
    protected NetworkTarget network() {
        return new NetworkTarget.Named("default");
    }

    @AfterEach
    public void leaveNothing() {
        for (var each : List.of(owner, other)) {
            destination().deleteVm(each);
            destination().deleteVolume(each, "disk-0");
            destination().deleteVolume(each, "disk-1");
            destination().deleteWorkVolume(each, Logs.DELETE);
        }
    }

    @Test
    public void ensuringAVolumeAgainFindsTheSameOne() {
        var volume = destination().ensureVolume(owner, volume("disk-0"));
        assertThat(volume.diskKey()).isEqualTo("disk-0");
        assertThat(volume.sizeBytes()).isGreaterThanOrEqualTo(SIZE_BYTES);
        assertThat(destination().ensureVolume(owner, volume("disk-0"))).isEqualTo(volume);
        assertThat(destination().findVolume(owner, "disk-0")).contains(volume);
        assertThat(destination().locate(volume)).isEqualTo(destination().locate(volume));
    }

    @Test
    public void volumesOfTwoOwnersAreTwo() {
        var ours = destination().ensureVolume(owner, volume("disk-0"));
        assertThat(destination().findVolume(other, "disk-0")).isEmpty();
        var theirs = destination().ensureVolume(other, volume("disk-0"));
        assertThat(theirs.identity()).isNotEqualTo(ours.identity());
        assertThat(theirs.ref()).isNotEqualTo(ours.ref());
        assertThat(destination().locate(theirs)).isNotEqualTo(destination().locate(ours));
    }

    @Test
    public void deletingAVolumeSparesTheOthersAndMayBeRepeated() {
        destination().ensureVolume(owner, volume("disk-0"));
        var second = destination().ensureVolume(owner, volume("disk-1"));
        var theirs = destination().ensureVolume(other, volume("disk-0"));
        destination().deleteVolume(owner, "disk-0");
        destination().deleteVolume(owner, "disk-0");
        assertThat(destination().findVolume(owner, "disk-0")).isEmpty();
        assertThat(destination().findVolume(owner, "disk-1")).contains(second);
        assertThat(destination().findVolume(other, "disk-0")).contains(theirs);
    }

    @Test
    public void aVolumeMadeAnewHasAnotherIdentity() {
        var first = destination().ensureVolume(owner, volume("disk-0"));
        destination().deleteVolume(owner, "disk-0");
        assertThat(destination().ensureVolume(owner, volume("disk-0")).identity()).isNotEqualTo(first.identity());
    }

    @Test
    public void aStorageClassThatIsNotThereIsRefusedBeforehand() {
        destination().requireStorage(StorageTarget.DEFAULT);
        assertFault(() -> destination().requireStorage(new StorageTarget("not-there", null, null)), SpiFault.STORAGE_CLASS_UNKNOWN);
    }

    @Test
    public void moreThanThereIsRoomForIsRefusedBeforehand() {
        destination().requireSpace(List.of(volume("disk-0")), WORK_BYTES);
        var tooMuch = new VolumeRequest("vm", "disk-1", 1L << 60, StorageTarget.DEFAULT);
        assertFault(() -> destination().requireSpace(List.of(volume("disk-0"), tooMuch), WORK_BYTES), SpiFault.CAPACITY_EXCEEDED);
        assertFault(() -> destination().requireSpace(List.of(), 1L << 60), SpiFault.CAPACITY_EXCEEDED);
    }

    @Test
    public void theWorkVolumeIsFoundAgainUntilItIsDeleted() {
        assertThat(destination().findWorkVolume(owner)).isEmpty();
        var work = destination().ensureWorkVolume(owner, WORK_BYTES);
        assertThat(destination().ensureWorkVolume(owner, WORK_BYTES)).isEqualTo(work);
        assertThat(destination().findWorkVolume(owner)).contains(work);
        assertThat(destination().findWorkVolume(other)).isEmpty();
        destination().deleteWorkVolume(owner, Logs.KEEP);
        destination().deleteWorkVolume(owner, Logs.KEEP);
        assertThat(destination().findWorkVolume(owner)).isEmpty();
        assertThat(destination().ensureWorkVolume(owner, WORK_BYTES).identity()).isNotEqualTo(work.identity());
    }

    @Test
    public void ensuringAVmAgainFindsTheSameOne() {
        var request = vm(owner, "web-" + owner);
        var vm = destination().ensureVm(owner, request);
        assertThat(vm.name()).isEqualTo(request.name());
        assertThat(destination().ensureVm(owner, request)).isEqualTo(vm);
        assertThat(destination().findVm(owner)).contains(vm);
        assertThat(destination().findVm(other)).isEmpty();
    }

    @Test
    public void anotherOwnersVmIsNeitherAdoptedNorDeleted() {
        var name = "web-" + owner;
        var vm = destination().ensureVm(owner, vm(owner, name));
        assertThat(destination().nameTaken(owner, name)).isFalse();
        assertThat(destination().nameTaken(other, name)).isTrue();
        var theirs = vm(other, name);
        assertFault(() -> destination().ensureVm(other, theirs), SpiFault.OWNERSHIP_MISMATCH);
        destination().deleteVm(other);
        assertThat(destination().findVm(owner)).contains(vm);
    }

    @Test
    public void deletingAVmKeepsItsVolumes() {
        var request = vm(owner, "web-" + owner);
        destination().ensureVm(owner, request);
        destination().deleteVm(owner);
        destination().deleteVm(owner);
        assertThat(destination().findVm(owner)).isEmpty();
        assertThat(destination().nameTaken(other, request.name())).isFalse();
        assertThat(destination().findVolume(owner, "disk-0")).contains(request.disks().getFirst());
    }

    @Test
    public void leftoversNameAllThatIsThereAndNothingElse() {
        assertThat(destination().leftovers(owner)).isEmpty();
        destination().ensureWorkVolume(owner, WORK_BYTES);
        assertThat(destination().leftovers(owner)).hasSize(1);
        destination().ensureVm(owner, vm(owner, "web-" + owner));
        assertThat(destination().leftovers(owner)).hasSizeGreaterThanOrEqualTo(3);
        assertThat(destination().leftovers(other)).isEmpty();
        destination().deleteVm(owner);
        destination().deleteVolume(owner, "disk-0");
        assertThat(destination().leftovers(owner)).hasSize(1);
        destination().deleteWorkVolume(owner, Logs.DELETE);
        assertThat(destination().leftovers(owner)).isEmpty();
        assertThat(destination().logs(owner)).isEmpty();
    }

    private static VolumeRequest volume(String key) {
        return new VolumeRequest("vm", key, SIZE_BYTES, StorageTarget.DEFAULT);
    }

    private VmRequest vm(VmMigrationId owner, String name) {
        var disk = destination().ensureVolume(owner, volume("disk-0"));
        return new VmRequest(name, UUID.randomUUID().toString(), "default", new CpuTopology(1, 2, 1), 512L << 20, Firmware.BIOS,
                List.of(disk),
                "virtio", "virtio", List.of(new VmRequest.Nic("52:54:00:00:00:01", network())), "q35", "Debian GNU/Linux 12", "a test");
    }
}
