package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.inventory.Appliance;
import io.godwit.model.inventory.Appliance.Controller;
import io.godwit.model.inventory.Appliance.DeploymentOption;
import io.godwit.model.inventory.Appliance.Property;
import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.model.inventory.SourceVm.SourceNic;
import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.provider.ova.fixture.StreamOptimizedVmdk;
import io.godwit.provider.ova.fixture.TarFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read of the forms of OVF that are in use; each file in `resources/ovf` names the published sample that has its form.
class OvfFormsTest {
    @TempDir
    private Path folder;

    @Test
    void readsOvf2OfVirtualBoxWithItsOwnSection() throws IOException {
        var vm = read("virtualbox-2.0", "box-disk001.vmdk").vms().getFirst();
        assertThat(vm.name()).isEqualTo("box");
        assertThat(vm.cpu()).isEqualTo(new CpuTopology(2, 1, 1));
        assertThat(vm.memoryBytes()).isEqualTo(512L << 20);
        assertThat(vm.firmware()).isEqualTo(new Firmware(true, false, true));
        assertThat(vm.guestOsName()).isEqualTo("Ubuntu_64");
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "box-disk001.vmdk", 1 << 20, ".", "sata"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "NAT", "08:00:27:2a:fb:4e", "virtio"));
        assertThat(appliance(vm).family()).isEqualTo("virtualbox-2.2");
        assertThat(appliance(vm).controllers()).containsExactly(new Controller("sata", "ahci"));
        assertThat(vm.concerns()).extracting(Concern::id).containsExactlyInAnyOrder("ova.uefi.nvram", "ova.tpm", "ova.manifest.missing",
                "ova.archive.unterminated");
    }

    @Test
    void readsTheDraftsBeforeOvf1() throws IOException {
        var vm = read("draft-0.9", "input.vmdk").vms().getFirst();
        assertThat(vm.name()).isEqualTo("v0.9");
        assertThat(vm.memoryBytes()).isEqualTo(8L << 30);
        assertThat(vm.guestOs()).isEqualTo("other26xLinux64Guest");
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "input.vmdk", 1 << 20, ".", "scsi"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "bridged", "", "pcnet32"));
    }

    @Test
    void readsAnOvaOfOvirt() throws IOException {
        var vm = read("ovirt-ova", "0f3f6f6c-9a3d-4d3f-9f0e-3b9a3a3f2a01", "5b1dc0aa-2f39-4e5c-8a52-04f6be5c1e02").vms().getFirst();
        assertThat(vm.name()).isEqualTo("engine-vm");
        assertThat(vm.cpu()).isEqualTo(new CpuTopology(2, 2, 2));
        assertThat(vm.memoryBytes()).isEqualTo(2L << 30);
        assertThat(vm.firmware()).isEqualTo(new Firmware(true, true, true));
        assertThat(vm.guestOsName()).isEqualTo("rhel_9x64");
        assertThat(vm.disks()).extracting(disk -> disk.name().substring(0, 8) + " " + disk.bus()).containsExactly("5b1dc0aa virtio",
                "0f3f6f6c scsi");
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "ovirtmgmt", "56:6f:1a:1b:00:01", "virtio"));
        assertThat(vm.concerns()).extracting(Concern::id).doesNotContain("ova.hardware.unknown", "ova.disk.controller.unknown",
                "ova.boot.order.assumed");
    }

    @Test
    void readsOvirtsOwnForm() throws IOException {
        var vm = OvfReader.read(text("ovirt-export-domain").getBytes(UTF_8), "it").systems().getFirst();
        assertThat(vm.name()).isEqualTo("old-vm");
        assertThat(vm.firmware()).isEqualTo(new Firmware(true, false, false)); // 2 meant this before 4.4
        assertThat(vm.items().stream().filter(DiskControllers::isOne)).isEmpty();
        var ovf = OvfReader.read(text("ovirt-export-domain").getBytes(UTF_8), "it");
        var disk = ovf.diskOf(vm.items().get(2)).orElseThrow();
        assertThat(disk.id()).isEqualTo("0d9a77");
        assertThat(ovf.fileOf(disk).orElseThrow().href()).isEqualTo("6f2c1f/0d9a77");
        assertThat(disk.boot()).isTrue();
    }

    @Test
    void readsEveryVmOfAVappAndTheirProperties() throws IOException {
        var vms = read("vsphere-vapp", "app-disk1.vmdk", "app-disk2.vmdk").vms();
        assertThat(vms).extracting(SourceVm::id).containsExactly("vm.ova#vm2", "vm.ova#vm3");
        var db = vms.getFirst();
        assertThat(db.firmware()).isEqualTo(new Firmware(true, true, false));
        assertThat(appliance(db).product()).isEqualTo("Database, Example, 1.2");
        assertThat(appliance(db).properties()).containsExactly(
                new Property("root-password", "string", "Password of root", null, true, true),
                new Property("port", "uint16", "", "5432", false, false),
                new Property("org.example.domain.1", "string", "Domain", "example.org", true, false));
        assertThat(db.toString()).doesNotContain("hunter2");
        var web = vms.getLast();
        assertThat(web.cpu()).isEqualTo(new CpuTopology(2, 3, 1));
        assertThat(web.disks()).containsExactly(new SourceDisk("disk-0", "app-disk2.vmdk", 2 << 20, ".", "nvme"));
        assertThat(appliance(web).properties()).extracting(Property::key).containsExactly("org.example.domain.1");
    }

    @Test
    void showsDeploymentOptionsAndTakesTheDefault() throws IOException {
        var vm = read("deployment-options", "options.vmdk").vms().getFirst();
        assertThat(appliance(vm).options()).containsExactly(new DeploymentOption("tiny", "Tiny", false),
                new DeploymentOption("large", "Large", true));
        assertThat(vm.cpu().cpus()).isEqualTo(16);
        assertThat(vm.memoryBytes()).isEqualTo(512L << 20);
        assertThat(vm.disks().getFirst().capacityBytes()).isEqualTo(1 << 20);
        assertThat(vm.concerns()).extracting(Concern::id).contains("ova.configuration.assumed", "ova.hardware.alternatives");
    }

    private Inventory read(String form, String... disks) throws IOException {
        var ovf = text(form);
        Files.write(folder.resolve("vm.ova"), TarFixture.bytes(tar -> {
            tar.file("vm.ovf", ovf.getBytes(UTF_8));
            for (var i = 0; i < disks.length; i++) {
                tar.file(disks[i], vmdk(new SeededDisk(i, (long) (i + 1) << 20)));
            }
        }));
        var inventory = new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15)).inventory();
        assertThat(inventory.unreadable()).isEmpty();
        return inventory;
    }

    private static Appliance appliance(SourceVm vm) {
        return Objects.requireNonNull(vm.appliance());
    }

    private static byte[] vmdk(SeededDisk disk) {
        var out = new ByteArrayOutputStream();
        try (var raw = disk.open()) {
            StreamOptimizedVmdk.write(raw, disk.sizeBytes(), out);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static String text(String form) throws IOException {
        try (var in = OvfFormsTest.class.getResourceAsStream("/ovf/" + form + ".ovf")) {
            return new String(Objects.requireNonNull(in, form).readAllBytes(), UTF_8);
        }
    }
}
