package io.godwit.provider.ova;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.Concern.Severity;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.model.inventory.SourceVm.SourceNic;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read of the forms that VMware's tools write.
class OvaInventoryTest {
    private static final SeededDisk DISK = new SeededDisk(7, 1 << 20);

    @TempDir
    private Path folder;

    @Test
    void readsAnExportOfVsphere() throws IOException {
        var vm = read(OvaFixture.vsphere("web").disk(DISK).disk(DISK).nic("VM Network", "VmxNet3", "").cpus(4, 2).memoryMib(2_048));
        assertThat(vm.name()).isEqualTo("web");
        assertThat(vm.power()).isEqualTo(PowerState.OFF);
        assertThat(vm.cpu()).isEqualTo(new CpuTopology(2, 2, 1));
        assertThat(vm.memoryBytes()).isEqualTo(2L << 30);
        assertThat(vm.firmware()).isEqualTo(Firmware.BIOS);
        assertThat(vm.guestOs()).isEqualTo("debian12_64Guest");
        assertThat(vm.guestOsName()).isEqualTo("Debian GNU/Linux 12 (64-bit)");
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "web-0.vmdk", 1 << 20, ".", "scsi"),
                new SourceDisk("disk-1", "web-1.vmdk", 1 << 20, ".", "scsi"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "VM Network", "", "vmxnet3"));
        assertThat(vm.concerns()).extracting(Concern::id).containsExactly("ova.nic.mac.missing");
    }

    @Test
    void readsWhatOvftoolWrites() throws IOException {
        var vm = read(OvaFixture.ovftool("db").disk(DISK).nic("a", "E1000", "00-50-56-AB-CD-EF").uefi(true).tpm());
        assertThat(vm.firmware()).isEqualTo(new Firmware(true, true, true));
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "db-disk1.vmdk", 1 << 20, ".", "scsi"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "a", "00:50:56:ab:cd:ef", "e1000"));
        assertThat(vm.concerns()).extracting(Concern::id).containsExactlyInAnyOrder("ova.uefi.nvram", "ova.secureboot", "ova.tpm");
    }

    @Test
    void theBootOrderComesBeforeTheBusPosition() throws IOException {
        var vm = read(OvaFixture.vsphere("x").disk(DISK).disk(DISK)
                .editOvf(ovf -> ovf.replace("vmw:instanceId=\"10\"", "vmw:instanceId=\"11\"")));
        assertThat(vm.disks()).extracting(SourceDisk::name).containsExactly("x-1.vmdk", "x-0.vmdk");
    }

    @Test
    void withoutABootOrderControllerAndUnitDecide() throws IOException {
        var vm = read(OvaFixture.ovftool("x").disk(DISK).disk(DISK).disk(DISK)
                .item("<Item><rasd:Address>0</rasd:Address><rasd:InstanceID>90</rasd:InstanceID><rasd:ResourceType>5</rasd:ResourceType></Item>")
                .editOvf(ovf -> ovf.replace("<rasd:AddressOnParent>1<", "<rasd:AddressOnParent>12<")
                        .replace("<rasd:AddressOnParent>2<", "<rasd:AddressOnParent>4<")
                        .replace("ovf:/disk/vmdisk1</rasd:HostResource><rasd:Parent>3<",
                                "ovf:/disk/vmdisk1</rasd:HostResource><rasd:Parent>90<")));
        assertThat(vm.disks()).extracting(disk -> disk.name() + " " + disk.bus()).containsExactly("x-disk3.vmdk scsi", "x-disk2.vmdk scsi",
                "x-disk1.vmdk ide");
        assertThat(vm.concerns()).extracting(Concern::id).contains("ova.boot.order.assumed");
    }

    @Test
    void tellsTheBusesOfControllersApart() throws IOException {
        for (var bus : new String[][]{{"20", "vmware.nvme.controller", "nvme"}, {"20", "vmware.sata.ahci", "sata"}, {"20", "AHCI", "sata"},
                {"20", "VirtioSCSI", "virtio"}, {"5", "PIIX4", "ide"}, {"6", "lsilogicsas", "scsi"}}) {
            var vm = read(OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace(
                    "<rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType><rasd:ResourceType>6<",
                    "<rasd:ResourceSubType>" + bus[1] + "</rasd:ResourceSubType><rasd:ResourceType>" + bus[0] + "<")));
            assertThat(vm.disks().getFirst().bus()).as(bus[1]).isEqualTo(bus[2]);
        }
    }

    @Test
    void readsEveryVmOfAPackage() throws IOException {
        OvaFixture.ovftool("app").disk(DISK).disk(DISK).editOvf(ovf -> {
            var from = ovf.indexOf("  <VirtualSystem ");
            var to = ovf.indexOf("</Envelope>");
            var system = ovf.substring(from, to);
            var first = system.replaceAll("<Item>(?:(?!</Item>).)*vmdisk2.*?</Item>", "");
            var second = system.replaceAll("<Item>(?:(?!</Item>).)*vmdisk1.*?</Item>", "").replace("ovf:id=\"app\"", "ovf:id=\"app2\"");
            return ovf.substring(0, from) + "<VirtualSystemCollection ovf:id=\"all\"><Info/>" + first + second
                    + "</VirtualSystemCollection></Envelope>";
        }).write(folder.resolve("app.ova"));
        var inventory = inventory();
        assertThat(inventory.unreadable()).isEmpty();
        assertThat(inventory.vms()).extracting(SourceVm::id).containsExactly("app.ova#app", "app.ova#app2");
        assertThat(inventory.vms()).extracting(vm -> vm.disks().getFirst().name()).containsExactly("app-disk1.vmdk", "app-disk2.vmdk");
        var second = source().requireVm("app.ova#app2");
        assertThat(second).isEqualTo(inventory.vms().get(1));
    }

    @Test
    void takesTheDefaultOfSeveralConfigurations() throws IOException {
        var vm = read(OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace("  <VirtualSystem ",
                "<DeploymentOptionSection><Info/><Configuration ovf:id=\"small\"/><Configuration ovf:default=\"true\" ovf:id=\"big\"/>"
                        + "</DeploymentOptionSection><VirtualSystem ")
                .replace("</VirtualHardwareSection>", cpuItem("small", 2) + cpuItem("big", 8) + "</VirtualHardwareSection>")));
        assertThat(vm.cpu().cpus()).isEqualTo(8);
        assertThat(vm.concerns()).extracting(Concern::id).contains("ova.configuration.assumed");
    }

    private static String cpuItem(String configuration, int cpus) {
        return "<Item ovf:configuration=\"" + configuration
                + "\"><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType>"
                + "<rasd:VirtualQuantity>" + cpus + "</rasd:VirtualQuantity></Item>";
    }

    @Test
    void readsOvfsWithPrefixesOrWithoutAndInOtherEncodings() throws IOException {
        var prefixed = read(OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replaceAll("<(/?)([A-Z])", "<$1ovf:$2")));
        assertThat(prefixed.disks()).hasSize(1);
        var bare = read(OvaFixture.ovftool("x").disk(DISK)
                .editOvf(ovf -> ovf.replaceAll(" ovf:(?=[a-zA-Z]+=)", " ").replace("rasd:", "").replace("vssd:", "").replace("vmw:", "")));
        assertThat(bare.memoryBytes()).isEqualTo(512L << 20);
        assertThat(bare.guestOs()).isEqualTo("debian12_64Guest");
    }

    @Test
    void readsTheSizesAndReferencesOfOldDrafts() throws IOException {
        var vm = read(
                OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace("byte * 2^20", "MegaBytes").replace("ovf:/disk/", "/disk/")));
        assertThat(vm.memoryBytes()).isEqualTo(512L << 20);
        assertThat(vm.disks()).hasSize(1);
    }

    @Test
    void findsFilesThatAreWrittenAsUrlsAndMembersWrittenWithADot() throws IOException {
        var vm = read(OvaFixture.ovftool("my vm").disk(DISK).editOvf(ovf -> ovf.replace("href=\"my vm", "href=\"my%20vm"))
                .editMemberNames(name -> "./" + name));
        assertThat(vm.disks().getFirst().capacityBytes()).isEqualTo(1 << 20);
        assertThat(vm.concerns()).isEmpty();
    }

    @Test
    void takesTheNumberOfTheGuestSystemWhereVmwaresNameIsMissing() throws IOException {
        var vm = read(OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replace(" vmw:osType=\"debian12_64Guest\"", "")));
        assertThat(vm.guestOs()).isEqualTo("cim:96");
    }

    @Test
    void saysWhatThePersonShouldKnow() throws IOException {
        assertThat(concern(OvaFixture.ovftool("x").disk(DISK).cpus(5, 2), "ova.cpu.topology").severity()).isEqualTo(Severity.WARNING);
        assertThat(concern(OvaFixture.ovftool("x"), "ova.disks.none").severity()).isEqualTo(Severity.CRITICAL);
        assertThat(
                concern(OvaFixture.ovftool("x").disk(DISK).editManifest(mf -> mf.lines().findFirst().orElseThrow()), "ova.digest.missing")
                        .assessment())
                .contains("x-disk1.vmdk");
        assertThat(concern(
                OvaFixture.ovftool("x").disk(DISK).nic("a", "E1000", "")
                        .editOvf(ovf -> ovf.replace("<Network ovf:name=\"a\">", "<Network>")),
                "ova.nic.network.unknown").assessment()).contains(" a,");
        assertThat(concern(OvaFixture.ovftool("x").disk(DISK).nic("a", "E1000", "")
                .editOvf(ovf -> ovf.replace("<rasd:Connection>a</rasd:Connection>", "")), "ova.nic.unconnected").assessment())
                .contains("unconnected");
        assertThat(concern(OvaFixture.ovftool("x").disk(DISK).editOvf(ovf -> ovf.replaceAll("ovf:size=\"\\d+\"", "ovf:size=\"5\"")),
                "ova.file.size.differs").assessment()).contains("the OVF says 5");
        assertThat(concern(OvaFixture.ovftool("x").disk(DISK).member("x.cert", new byte[9]), "ova.signature.unchecked").label())
                .isNotEmpty();
        assertThat(concern(OvaFixture.ovftool("x").disk(DISK).item("<Item><rasd:ElementName>Strange</rasd:ElementName>"
                + "<rasd:ResourceType>4711</rasd:ResourceType></Item>"), "ova.hardware.unknown").assessment()).isEqualTo("Strange");
        assertThat(concern(OvaFixture.ovftool("x").disk(DISK).item("<Item><rasd:ElementName>GPU</rasd:ElementName><rasd:ResourceSubType>"
                + "vmware.pci.passthrough</rasd:ResourceSubType><rasd:ResourceType>1</rasd:ResourceType></Item>"),
                "ova.hardware.passthrough")
                .assessment()).isEqualTo("GPU");
    }

    /// Appliances have them for their data: a disk like any other, with nothing on it that a digest could be of.
    @Test
    void readsABlankDiskBesideAnother() throws IOException {
        var vm = read(OvaFixture.ovftool("x").disk(DISK).disk(DISK)
                .editOvf(ovf -> ovf.replaceFirst("ovf:capacity=\"1048576\"(?=.*vmdisk2)", "ovf:capacity=\"5242880\"")
                        .replace(" ovf:fileRef=\"file2\"", "")));
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "x-disk1.vmdk", 1 << 20, ".", "scsi"),
                new SourceDisk("disk-1", "vmdisk2", 5 << 20, ".", "scsi"));
        assertThat(vm.concerns()).isEmpty();
    }

    @Test
    void cardsWithoutANetworkHaveOneToMap() throws IOException {
        OvaFixture.ovftool("x").disk(DISK).nic("a", "E1000", "").editOvf(ovf -> ovf.replace("<rasd:Connection>a</rasd:Connection>", ""))
                .write(folder.resolve("x.ova"));
        var inventory = inventory();
        assertThat(inventory.networks()).extracting(Inventory.SourceNetwork::id)
                .contains(inventory.vms().getFirst().nics().getFirst().networkId());
    }

    private Concern concern(OvaFixture ova, String id) throws IOException {
        return read(ova).concerns().stream().filter(concern -> concern.id().equals(id)).findFirst().orElseThrow();
    }

    private SourceVm read(OvaFixture ova) throws IOException {
        ova.write(folder.resolve("vm.ova"));
        var inventory = inventory();
        assertThat(inventory.unreadable()).isEmpty();
        return inventory.vms().getFirst();
    }

    private Inventory inventory() {
        return source().inventory();
    }

    private OvaSource source() {
        return new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15));
    }
}
