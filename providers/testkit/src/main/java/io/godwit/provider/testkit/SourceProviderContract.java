package io.godwit.provider.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.SideTask;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Inventory.SourceNetwork;
import io.godwit.model.inventory.Inventory.SourceStorage;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.model.inventory.SourceVm.SourceNic;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SpiFault;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// What every source is held to. Extend it with a platform that holds at least one stopped VM with a disk.
public abstract class SourceProviderContract {
    /// Connected; the same platform for the whole test.
    protected abstract SourceProvider source();

    /// Changes bytes of that VM's disks, as somebody else would who does not know of us.
    protected abstract void changeBytes(String vmId);

    @Test
    public void everyVmOfTheInventoryCanBeRead() {
        var vms = source().inventory().vms();
        assertThat(vms).isNotEmpty();
        assertThat(vms).extracting(SourceVm::id).doesNotHaveDuplicates();
        for (var vm : vms) {
            assertThat(source().requireVm(vm.id())).isEqualTo(vm);
        }
    }

    @Test
    public void aVmNamesItsDisksAndCardsUniquely() {
        for (var vm : source().inventory().vms()) {
            assertThat(vm.disks()).extracting(SourceDisk::key).doesNotHaveDuplicates().allMatch(key -> key.matches("[a-z0-9-]+"));
            assertThat(vm.disks()).allMatch(disk -> disk.capacityBytes() > 0);
            assertThat(vm.nics()).extracting(SourceNic::key).doesNotHaveDuplicates();
            assertThat(vm.nics()).extracting(SourceNic::mac).allMatch(mac -> mac.matches("([0-9a-f]{2}(:[0-9a-f]{2}){5})?"));
            assertThat(vm.cpu().cpus()).isPositive();
            assertThat(vm.memoryBytes()).isPositive();
        }
    }

    @Test
    public void theInventoryListsTheNetworksAndStoragesThatItsVmsUse() {
        var inventory = source().inventory();
        for (var vm : inventory.vms()) {
            assertThat(inventory.networks()).extracting(SourceNetwork::id)
                    .containsAll(vm.nics().stream().map(SourceNic::networkId).toList());
            assertThat(inventory.storages()).extracting(SourceStorage::id)
                    .containsAll(vm.disks().stream().map(SourceDisk::storageId).toList());
        }
    }

    @Test
    public void aVmThatIsNotThereIsAFault() {
        assertFault(() -> source().requireVm("there-is-no-such-vm"), SpiFault.VM_NOT_FOUND);
    }

    @Test
    public void locatesEveryDiskOfAStoppedVmTheSameEachTime() {
        var vm = anyVm();
        for (var disk : vm.disks()) {
            var spec = source().locate(vm.id(), vm.identity(), disk.key(), new Stopped());
            assertThat(source().locate(vm.id(), vm.identity(), disk.key(), new Stopped())).isEqualTo(spec);
        }
    }

    @Test
    public void tellsTheFormatOfEveryImageInsteadOfHavingItProbed() {
        var vm = anyVm();
        for (var disk : vm.disks()) {
            assertThat(source().locate(vm.id(), vm.identity(), disk.key(), new Stopped())).isNotInstanceOfAny(ExportSpec.File.class,
                    ExportSpec.Range.class, ExportSpec.Overlay.class);
        }
    }

    @Test
    public void bindsEveryFileToItsIdentity() {
        var vm = anyVm();
        var specs = Stream.concat(
                vm.disks().stream().map(disk -> source().locate(vm.id(), vm.identity(), disk.key(), new Stopped())),
                source().sideTasks(vm.id(), vm.identity()).stream().flatMap(SourceProviderContract::specs));
        assertThat(specs.flatMap(SourceProviderContract::files)).allMatch(file -> file.identity() != null);
    }

    @Test
    public void refusesADiskThatTheVmDoesNotHave() {
        var vm = anyVm();
        assertThatThrownBy(() -> source().locate(vm.id(), vm.identity(), "no-such-disk", new Stopped())).isInstanceOf(FaultException.class);
    }

    @Test
    public void sideTasksHaveNamesOfTheirOwn() {
        var vm = anyVm();
        assertThat(source().sideTasks(vm.id(), vm.identity())).extracting(SideTask::name).doesNotHaveDuplicates();
    }

    @Test
    public void bytesOfAnotherIdentityAreRefused() {
        var vm = anyVm();
        var disk = vm.disks().getFirst().key();
        assertFault(() -> source().locate(vm.id(), "another", disk, new Stopped()), SpiFault.SOURCE_CHANGED);
        assertFault(() -> source().sideTasks(vm.id(), "another"), SpiFault.SOURCE_CHANGED);
    }

    @Test
    public void changedBytesChangeTheIdentity() {
        var vm = anyVm();
        var disk = vm.disks().getFirst().key();
        changeBytes(vm.id());
        assertThat(source().requireVm(vm.id()).identity()).isNotEqualTo(vm.identity());
        assertFault(() -> source().locate(vm.id(), vm.identity(), disk, new Stopped()), SpiFault.SOURCE_CHANGED);
        assertFault(() -> source().sideTasks(vm.id(), vm.identity()), SpiFault.SOURCE_CHANGED);
    }

    private SourceVm anyVm() {
        return source().inventory().vms().stream().filter(vm -> !vm.disks().isEmpty()).findFirst().orElseThrow();
    }

    private static Stream<ExportSpec> specs(SideTask task) {
        return switch (task) {
            case SideTask.CheckDigests(_, var ranges) -> ranges.stream().map(SideTask.DigestedRange::bytes);
        };
    }

    private static Stream<ExportSpec.File> files(ExportSpec spec) {
        return switch (spec) {
            case ExportSpec.File file -> Stream.of(file);
            case ExportSpec.Range(var inner, _, _) -> files(inner);
            case ExportSpec.Format(var inner, _) -> files(inner);
            case ExportSpec.Overlay(var base, _) -> files(base);
            case ExportSpec.VmdkExtents(var extents) -> extents.stream().flatMap(extent -> switch (extent) {
                case ExportSpec.VmdkExtent.Flat(var file, _, _) -> files(file);
                case ExportSpec.VmdkExtent.Sparse(var file, _) -> files(file);
                case ExportSpec.VmdkExtent.Zero _ -> Stream.empty();
            });
            case ExportSpec.Unpacked unpacked -> unpacked.parts().stream().flatMap(part -> files(part));
            case ExportSpec.Nbd _ -> Stream.empty();
            case ExportSpec.Http _ -> Stream.empty();
            case ExportSpec.Ssh _ -> Stream.empty();
            case ExportSpec.Vddk _ -> Stream.empty();
            case ExportSpec.Nbdkit _ -> Stream.empty();
        };
    }

    static void assertFault(ThrowingCallable call, FaultCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class,
                exception -> assertThat(exception.fault().code()).isEqualTo(code.name()));
    }
}
