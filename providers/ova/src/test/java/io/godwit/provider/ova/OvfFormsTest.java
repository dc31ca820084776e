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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read of the forms of OVF that are in use; each file in `resources/ovf` names the published sample that has its form.
class OvfFormsTest {
    private static final Pattern SAMPLE = Pattern.compile("[\\w.-]+/[\\w.-]+ (?:[\\w.-]+/)*[\\w.-]+\\.(?:ovf|java)\\b");
    /// The files of each form, in the order in which they are given seeds.
    private static final Map<String, List<String>> FILES = Map.ofEntries(Map.entry("deployment-options", List.of("options.vmdk")),
            Map.entry("draft-0.9", List.of("input.vmdk")), Map.entry("ovf-1.1", List.of("nostalgia-disk1.vmdk")),
            Map.entry("ovftool", List.of("input.vmdk")), Map.entry("ovirt-export-domain", List.of("6f2c1f/0d9a77")),
            Map.entry("ovirt-ova", List.of("0f3f6f6c-9a3d-4d3f-9f0e-3b9a3a3f2a01", "5b1dc0aa-2f39-4e5c-8a52-04f6be5c1e02")),
            Map.entry("virtualbox-1.0", List.of("vagrant-disk001.vmdk", "vagrant-disk002.iso")),
            Map.entry("virtualbox-2.0", List.of("box-disk001.vmdk")), Map.entry("vsphere-1.0", List.of("system.vmdk", "custom.iso")),
            Map.entry("vsphere-vapp", List.of("app-disk1.vmdk", "app-disk2.vmdk")));

    @TempDir
    private Path folder;

    /// A form that nobody reads, or that is nobody's, shows nothing.
    @Test
    void everyFormNamesItsSampleAndIsReadToAVmWithADisk() throws IOException {
        try (var forms = Files.list(Path.of("src/test/resources/ovf"))) {
            assertThat(forms.map(path -> path.getFileName().toString().replaceFirst("\\.ovf$", ""))).as("files of forms")
                    .containsExactlyInAnyOrderElementsOf(FILES.keySet());
        }
        for (var form : FILES.keySet()) {
            var text = text(form);
            var header = text.substring(text.indexOf("<!--"), text.indexOf("-->"));
            assertThat(text.indexOf("<!--")).as(form + " has a header").isBetween(0, text.indexOf("Envelope"));
            assertThat(SAMPLE.matcher(header).find()).as("'owner/repository path' in the header of " + form + ": " + header).isTrue();
            assertThat(read(form).vms()).as(form).isNotEmpty()
                    .allSatisfy(vm -> assertThat(vm.disks()).isNotEmpty()
                            .allSatisfy(disk -> assertThat(disk.capacityBytes()).isPositive()));
        }
    }

    @Test
    void readsOvf1OfVirtualBox() throws IOException {
        var vm = read("virtualbox-1.0").vms().getFirst();
        assertThat(vm.name()).isEqualTo("vagrant");
        assertThat(vm.cpu()).isEqualTo(new CpuTopology(1, 1, 1));
        assertThat(vm.memoryBytes()).isEqualTo(1L << 30);
        assertThat(vm.firmware()).isEqualTo(Firmware.BIOS);
        assertThat(vm.guestOsName()).isEqualTo("RedHat_64");
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "vagrant-disk001.vmdk", 1 << 20, ".", "ide"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "NAT", "08:00:27:52:68:e9", "e1000"));
        assertThat(appliance(vm).controllers()).containsExactly(new Controller("ide", "piix4"), new Controller("ide", "piix4"));
        assertThat(vm.concerns()).extracting(Concern::id).containsExactlyInAnyOrder("ova.media.left", "ova.manifest.missing",
                "ova.archive.unterminated");
    }

    @Test
    void readsOvf1OfVsphere() throws IOException {
        var vm = read("vsphere-1.0").vms().getFirst();
        assertThat(vm.name()).isEqualTo("JeOS_-_Minimal");
        assertThat(vm.memoryBytes()).isEqualTo(512L << 20);
        assertThat(vm.guestOs()).isEqualTo("centosGuest");
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "system.vmdk", 1 << 20, ".", "scsi"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "Network 1", "", "pcnet32"));
        assertThat(appliance(vm).product()).isEqualTo("JeOS - Minimal, Example R&D, 1.0");
        assertThat(appliance(vm).family()).isEqualTo("vmx-07");
        assertThat(appliance(vm).controllers()).containsExactly(new Controller("scsi", "lsilogic"), new Controller("ide", ""));
        assertThat(vm.concerns()).extracting(Concern::id).containsExactlyInAnyOrder("ova.media.left", "ova.nic.mac.missing",
                "ova.properties.ignored", "ova.manifest.missing", "ova.archive.unterminated");
    }

    @Test
    void readsOvf11WithSectionsThatNobodyKnows() throws IOException {
        var vm = read("ovf-1.1").vms().getFirst();
        assertThat(vm.name()).isEqualTo("Test System");
        assertThat(vm.memoryBytes()).isEqualTo(128L << 20);
        assertThat(vm.guestOs()).isEqualTo("rhel5Guest");
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "nostalgia-disk1.vmdk", 1 << 20, ".", "scsi"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "VM Network", "", "pcnet32"));
        assertThat(appliance(vm).options()).containsExactly(new DeploymentOption("small", "Development", false),
                new DeploymentOption("medium", "Production", true));
        assertThat(appliance(vm).properties()).containsExactly(
                new Property("com.vmware.test.username.117", "string", "", null, true, false),
                new Property("com.vmware.test.optional0.117", "string", "Optional", "This is the default value", true, false));
        assertThat(vm.concerns()).extracting(Concern::id).containsExactlyInAnyOrder("ova.nic.mac.missing", "ova.configuration.assumed",
                "ova.manifest.missing", "ova.archive.unterminated");
    }

    @Test
    void readsWhatOvftool3Wrote() throws IOException {
        var vm = read("ovftool").vms().getFirst();
        assertThat(vm.name()).isEqualTo("vmw");
        assertThat(vm.cpu()).isEqualTo(new CpuTopology(1, 2, 1));
        assertThat(vm.memoryBytes()).isEqualTo(1536L << 20);
        assertThat(vm.firmware()).isEqualTo(Firmware.BIOS);
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "input.vmdk", 1 << 20, ".", "virtio"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "lanethernet0", "", "e1000"),
                new SourceNic("nic-1", "lanethernet0", "", "e1000"));
        assertThat(appliance(vm).properties()).containsExactly(new Property("custom-property", "string", "", "custom-value", false, false));
        assertThat(vm.concerns()).extracting(Concern::id).containsOnly("ova.nic.mac.missing", "ova.manifest.missing",
                "ova.archive.unterminated");
    }

    @Test
    void readsOvf2OfVirtualBoxWithItsOwnSection() throws IOException {
        var vm = read("virtualbox-2.0").vms().getFirst();
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
        var vm = read("draft-0.9").vms().getFirst();
        assertThat(vm.name()).isEqualTo("v0.9");
        assertThat(vm.memoryBytes()).isEqualTo(8L << 30);
        assertThat(vm.guestOs()).isEqualTo("other26xLinux64Guest");
        assertThat(vm.disks()).containsExactly(new SourceDisk("disk-0", "input.vmdk", 1 << 20, ".", "scsi"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "bridged", "", "pcnet32"));
    }

    @Test
    void readsAnOvaOfOvirt() throws IOException {
        var vm = read("ovirt-ova").vms().getFirst();
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
        var vm = read("ovirt-export-domain").vms().getFirst();
        assertThat(vm.name()).isEqualTo("old-vm");
        assertThat(vm.cpu()).isEqualTo(new CpuTopology(1, 1, 1));
        assertThat(vm.memoryBytes()).isEqualTo(1L << 30);
        assertThat(vm.firmware()).isEqualTo(new Firmware(true, false, false)); // 2 meant this before 4.4
        assertThat(vm.disks()).as("of its image's size: the OVF has whole gigabytes, rounded down")
                .containsExactly(new SourceDisk("disk-0", "6f2c1f/0d9a77", 1 << 20, ".", "ide"));
        assertThat(vm.nics()).containsExactly(new SourceNic("nic-0", "unconnected", "00:1a:4a:16:01:51", "rtl8139"));
        assertThat(appliance(vm).controllers()).as("a display adapter of the number of other storage is none").isEmpty();
        assertThat(vm.concerns()).extracting(Concern::id).containsExactlyInAnyOrder("ova.uefi.nvram", "ova.nic.unconnected",
                "ova.manifest.missing", "ova.archive.unterminated");
    }

    @Test
    void readsEveryVmOfAVappAndTheirProperties() throws IOException {
        var vms = read("vsphere-vapp").vms();
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
        var vm = read("deployment-options").vms().getFirst();
        assertThat(appliance(vm).options()).containsExactly(new DeploymentOption("tiny", "Tiny", false),
                new DeploymentOption("large", "Large", true));
        assertThat(vm.cpu().cpus()).isEqualTo(16);
        assertThat(vm.memoryBytes()).isEqualTo(512L << 20);
        assertThat(vm.disks().getFirst().capacityBytes()).isEqualTo(1 << 20);
        assertThat(vm.concerns()).extracting(Concern::id).contains("ova.configuration.assumed", "ova.hardware.alternatives");
    }

    private Inventory read(String form) throws IOException {
        var files = Objects.requireNonNull(FILES.get(form));
        var raw = form.equals("ovirt-export-domain");
        var ovf = text(form);
        Files.write(folder.resolve("vm.ova"), TarFixture.bytes(tar -> {
            tar.file("vm.ovf", ovf.getBytes(UTF_8));
            for (var i = 0; i < files.size(); i++) {
                var disk = new SeededDisk(i, (long) (i + 1) << 20);
                tar.file(files.get(i), raw ? bytes(disk) : vmdk(disk));
            }
        }));
        var inventory = new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15)).inventory();
        assertThat(inventory.unreadable()).isEmpty();
        return inventory;
    }

    private static Appliance appliance(SourceVm vm) {
        return Objects.requireNonNull(vm.appliance());
    }

    private static byte[] bytes(SeededDisk disk) {
        try (var raw = disk.open()) {
            return raw.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
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
