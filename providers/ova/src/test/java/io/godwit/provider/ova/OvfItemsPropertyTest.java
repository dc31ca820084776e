package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Concern.Severity;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.OvfDescriptor.OvfDisk;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Units and items whatever their values: an amount that is right, or a fault or concern, and no other exception.
class OvfItemsPropertyTest {
    /// What a unit is in bytes.
    private static final Map<String, BigInteger> UNITS = Map.of("byte", BigInteger.ONE, "byte * 2^10", BigInteger.TWO.pow(10), "MegaBytes",
            BigInteger.TWO.pow(20), "megabyte", BigInteger.TWO.pow(20), "byte*2^30", BigInteger.TWO.pow(30), "byte * 2^40 ",
            BigInteger.TWO.pow(40), "bytes * 10^9", BigInteger.TEN.pow(9), "byte * 1024 * 2^20", BigInteger.TWO.pow(30), "byte * 2^60",
            BigInteger.TWO.pow(60), "TeraBytes", BigInteger.TWO.pow(40));

    @Property
    void anAmountIsItsNumberTimesItsUnitOrNothing(@ForAll("units") String units, @ForAll("numbers") BigInteger number) {
        var bytes = number.multiply(UNITS.get(units));
        var fits = bytes.signum() > 0 && bytes.bitLength() < 64;
        var read = OvfUnits.bytes(number.toString(), units);
        assertThat(read.isPresent()).isEqualTo(fits);
        if (fits) {
            assertThat(read.getAsLong()).isEqualTo(bytes.longValueExact());
        }
    }

    @Property
    void anyTextsAreNoAmountOrAPositiveOne(@ForAll String amount, @ForAll String units) {
        assertThat(OvfUnits.bytes(amount, units).orElse(1)).isPositive();
        assertThat(OvfUnits.bytes(amount, "byte * " + units).orElse(1)).isPositive();
    }

    @Property
    void processorsAndMemoryAreInBoundsOrAFault(@ForAll("items") List<XmlElement> items) {
        var concerns = new Concerns();
        var compute = new VmCompute(system(items), "the VM", concerns);
        try {
            assertThat(compute.cpu().cpus()).isBetween(1, 4_096);
            assertThat(compute.memoryBytes()).isBetween(1L << 20, 1L << 47);
        } catch (FaultException e) {
            assertThat(e.fault().code()).isEqualTo("OVA_OVF_INVALID");
            assertThat(e.fault().why()).isNotBlank();
        }
        assertThat(concerns.all()).allSatisfy(concern -> assertThat(concern.assessment()).isNotBlank());
    }

    @Property
    void cardsHaveAnAddressThatACardMayHaveOrNone(@ForAll("items") List<XmlElement> items) {
        var ovf = new OvfDescriptor(Map.of(), Map.of(), List.of(), List.of(), List.of());
        for (var nic : new VmNics(ovf, system(items), new Concerns()).read()) {
            assertThat(nic.mac()).matches("|[0-9a-f][02468ace](:[0-9a-f]{2}){5}");
            assertThat(nic.networkId()).isNotEmpty();
        }
    }

    /// All that is read of a VM at once. The package has two disks that can be used, one that cannot, and one without an image at all.
    @Property
    void aWholeVmMakesSenseOrIsAFault(@ForAll boolean sane, @ForAll("items") List<XmlElement> any, @ForAll("ids") List<String> bootOrder,
            @ForAll("config") Map<String, String> config) {
        var items = new ArrayList<>(any);
        if (sane) { // else most have no memory
            items.addFirst(item(Map.of("ResourceType", "4", "VirtualQuantity", "512")));
            items.addFirst(item(Map.of("ResourceType", "3", "VirtualQuantity", "2")));
        }
        OvaVm read;
        var system = system(items, bootOrder, config);
        try {
            read = OvaVm.read(PACKAGE, FILE, system);
        } catch (FaultException e) {
            assertThat(e.fault().code()).isIn("OVA_OVF_INVALID", "OVA_DISK_UNSUPPORTED");
            assertThat(e.fault().why()).isNotBlank();
            return;
        }
        var vm = read.vm();
        var diskItems = system.items().stream().filter(item -> item.type() == OvfItem.DISK).toList();
        assertThat(vm.disks()).extracting(SourceDisk::key)
                .containsExactlyElementsOf(IntStream.range(0, diskItems.size()).mapToObj(number -> "disk-" + number).toList());
        assertThat(vm.disks()).allSatisfy(disk -> assertThat(disk.capacityBytes()).isPositive())
                .allSatisfy(disk -> assertThat(disk.bus()).isIn("scsi", "virtio", "sata", "nvme", "ide"));
        assertThat(read.disks()).containsOnlyKeys(vm.disks().stream().map(SourceDisk::key).toList());
        var usable = read.disks().values().stream().filter(DiskImage.Usable.class::isInstance).toList();
        assertThat(usable).as("no image twice").doesNotHaveDuplicates();
        var critical = vm.concerns().stream().filter(concern -> concern.severity() == Severity.CRITICAL).toList();
        assertThat(critical).as("one for each disk that cannot be used, or for none")
                .hasSize(diskItems.isEmpty() ? 1 : diskItems.size() - usable.size());
        assertThat(vm.concerns()).allSatisfy(concern -> assertThat(concern.assessment()).isNotBlank())
                .allSatisfy(concern -> assertThat(concern.id()).matches("ova(\\.[a-z]+)+"));
        assertThat(Objects.requireNonNull(vm.appliance()).controllers())
                .allSatisfy(controller -> assertThat(controller.bus()).isIn("scsi", "virtio", "sata", "nvme", "ide"));
        assertThat(vm.nics()).hasSameSizeAs(system.items().stream().filter(item -> item.type() == OvfItem.ETHERNET).toList());
        assertThat(OvaVm.read(PACKAGE, FILE, system).vm()).as("read again").isEqualTo(vm);
    }

    /// Of items that a boot order names, the first comes first; those of one controller come in the order of their units. A controller that hangs on itself, or
    /// on its own disk, is one like another.
    @Property
    void disksComeInBootOrderThenByControllerAndUnit(@ForAll("attached") List<Attached> attached, @ForAll("ids") List<String> bootOrder) {
        var items = new ArrayList<XmlElement>();
        items.add(item(Map.of("InstanceID", "0", "ResourceType", "6", "Address", "0", "Parent", "0")));
        items.add(item(Map.of("InstanceID", "1", "ResourceType", "20", "Address", "1", "Parent", "2", "ResourceSubType", "AHCI")));
        items.add(item(Map.of("InstanceID", "2", "ResourceType", "5", "Address", "0", "Parent", "1")));
        for (var each : attached) {
            items.add(item(Map.of("InstanceID", each.id(), "ResourceType", "17", "Parent", each.parent(), "AddressOnParent", each.unit(),
                    "HostResource", "ovf:/disk/" + each.id())));
        }
        var disks = new HashMap<String, OvfDisk>();
        var images = new HashMap<String, DiskImage>();
        attached.forEach(each -> disks.put(each.id(), disk(each.id(), "512")));
        attached.forEach(each -> images.put(each.id(), USABLE));
        var ova = ova(disks, images);
        var order = VmDisks.read(ova, system(items, bootOrder, Map.of()), ".", "the VM", new Concerns()).disks().stream()
                .map(SourceDisk::name).map(name -> attached.stream().filter(each -> each.id().equals(name)).findFirst().orElseThrow())
                .toList();
        assertThat(order).hasSameSizeAs(attached);
        for (var i = 1; i < order.size(); i++) {
            var before = order.get(i - 1);
            var after = order.get(i);
            assertThat(before.sortedBy(bootOrder)).as(before + " before " + after).isLessThanOrEqualTo(after.sortedBy(bootOrder));
        }
    }

    @Property
    void firmwareOfAnyTextsHasSecureBootWithUefiOnly(@ForAll("biosTypes") String biosType, @ForAll("versions") String version,
            @ForAll("config") Map<String, String> config, @ForAll("items") List<XmlElement> items) {
        var system = new XmlElement("VirtualSystem", Map.of(), List.of(new XmlElement("BiosType", Map.of(), List.of(), biosType),
                new XmlElement("ClusterCompatibilityVersion", Map.of(), List.of(), version)), "");
        var firmware = OvfFirmware.of(system, config, items.stream().map(OvfItem::of).toList());
        assertThat(firmware.secureBoot() && !firmware.uefi()).isFalse();
        if (biosType.equals("4") || (biosType.equals("3") && version.equals("4.3"))) {
            assertThat(firmware.secureBoot()).isTrue();
        }
    }

    private static final DiskImage.Usable USABLE = new DiskImage.Usable(
            new ExportSpec.VmdkExtents(List.of(new ExportSpec.VmdkExtent.Zero(512))), 512, List.of());
    private static final Packages.Entry FILE = new Packages.Entry(new PackagePlace.Local(Path.of("/srv/x.ova")), "x.ova", ".", ".");
    private static final OvaPackage PACKAGE = ova(
            Map.of("1", disk("1", "512"), "2", disk("2", "1024"), "3", disk("3", "512"), "4", disk("4", "no number")),
            Map.of("1", USABLE, "2",
                    new DiskImage.Usable(new ExportSpec.VmdkExtents(List.of(new ExportSpec.VmdkExtent.Zero(1_024))), 1_024, List.of()), "3",
                    new DiskImage.Unusable(OvaFault.OVA_DISK_UNSUPPORTED.because("it", "so").fault()), "4",
                    new DiskImage.Unusable(OvaFault.OVA_OVF_INVALID.because("it", "no size").fault())));

    private static OvaPackage ova(Map<String, OvfDisk> disks, Map<String, DiskImage> images) {
        var system = OvfReader.read("<Envelope><VirtualSystem id='a'/></Envelope>".getBytes(UTF_8), "it").systems().getFirst();
        return new OvaPackage("the OVA /srv/x.ova", "1", new OvfDescriptor(Map.of(), disks, List.of("a"), List.of(system), List.of()),
                Map.of(),
                images, List.of(), false, true);
    }

    private static OvfDisk disk(String id, String capacity) {
        return new OvfDisk(id, Optional.of(id), capacity, "byte", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                false);
    }

    private static XmlElement item(Map<String, String> texts) {
        return new XmlElement("Item", Map.of(),
                texts.entrySet().stream().map(text -> new XmlElement(text.getKey(), Map.of(), List.of(), text.getValue())).toList(), "");
    }

    /// @param parent one of three controllers: SCSI, SATA, IDE
    record Attached(String id, String parent, String unit) {
        /// What the order of disks is by, as one text.
        String sortedBy(List<String> bootOrder) {
            var position = bootOrder.indexOf(id);
            return "%03d %s %10s".formatted(position < 0 ? 999 : position, parent,
                    OvfItem.wholeNumber(unit).isPresent() ? Integer.valueOf(unit) : "9999999999");
        }
    }

    private static OvfSystem system(List<XmlElement> items) {
        return system(items, List.of(), Map.of());
    }

    private static OvfSystem system(List<XmlElement> items, List<String> bootOrder, Map<String, String> config) {
        var read = OvfReader.read("<Envelope><VirtualSystem id='a'/></Envelope>".getBytes(UTF_8), "it").systems().getFirst();
        var ovfItems = items.stream().map(OvfItem::of).toList();
        var firmware = OvfFirmware.of(new XmlElement("VirtualSystem", Map.of(), List.of(), ""), config, ovfItems);
        return new OvfSystem(read.id(), read.name(), "", "", "", ovfItems, config, bootOrder, false, "", 1, firmware, "", List.of(),
                List.of());
    }

    @Provide
    Arbitrary<List<String>> ids() {
        return Arbitraries.of("1", "2", "3", "10", "11", "12", "13", "", "x").list().ofMaxSize(6);
    }

    @Provide
    Arbitrary<Map<String, String>> config() {
        return Arbitraries.maps(Arbitraries.of("firmware", "uefi.secureboot.enabled", "bootoptions.efisecurebootenabled"),
                Arbitraries.oneOf(Arbitraries.of("efi", "EFI", "bios", "true", "TRUE", "1"), Arbitraries.strings().ofMaxLength(5)))
                .ofMaxSize(3);
    }

    @Provide
    Arbitrary<String> biosTypes() {
        return Arbitraries.oneOf(Arbitraries.integers().between(-3, 9).map(String::valueOf), Arbitraries.of("999999999", "9999999999", ""),
                Arbitraries.strings().ofMaxLength(5));
    }

    @Provide
    Arbitrary<String> versions() {
        return Arbitraries.oneOf(Arbitraries.of("3.6", "4.3", "4.4", "4.7", "5.0", "", "4.3.0.1"), Arbitraries.strings().ofMaxLength(6));
    }

    @Provide
    Arbitrary<List<Attached>> attached() {
        return Combinators.combine(Arbitraries.integers().between(10, 18).map(String::valueOf), Arbitraries.of("0", "1", "2"),
                Arbitraries.oneOf(Arbitraries.integers().between(0, 40).map(String::valueOf), Arbitraries.of("", "x", "-1", "999999999")))
                .as(Attached::new).list().uniqueElements(Attached::id).ofMaxSize(8);
    }

    @Provide
    Arbitrary<String> units() {
        return Arbitraries.of(UNITS.keySet());
    }

    @Provide
    Arbitrary<BigInteger> numbers() {
        return Arbitraries.bigIntegers().between(BigInteger.valueOf(-5), BigInteger.TWO.pow(70));
    }

    /// Items of the kinds that are read, with texts from likely to absurd.
    @Provide
    Arbitrary<List<XmlElement>> items() {
        var names = Arbitraries.of("VirtualQuantity", "AllocationUnits", "CoresPerSocket", "num_of_sockets", "cpu_per_socket",
                "threads_per_cpu", "Address", "MACAddress", "Connection", "ResourceSubType", "InstanceID", "InstanceId", "AddressOnParent",
                "Parent",
                "HostResource", "ElementName", "Type");
        var texts = Arbitraries.oneOf(Arbitraries.of("2", "3", "ovf:/disk/1", "ovf:/disk/2", "/disk/3", "ovf:/disk/4", "ovf:/disk/9",
                "/file/a", "ovf:/disk/", "lsilogic", "AHCI", "vmware.nvme.controller", "virtio", "vmware.pci.passthrough", "vmware.vtpm",
                "controller", "disk", "tpm"),
                Arbitraries.of("1", "4", "0", "-1", "4096", "4097", "999999999", "byte * 2^20", "MegaBytes", "hertz",
                        "00:50:56:ab:cd:ef", "0800272AFB4E", "ff-ff-ff-ff-ff-ff", "VmxNet3 E1000", "99999999999999999999", "1e3", "\u0661"),
                Arbitraries.strings().ofMaxLength(40));
        var child = Combinators.combine(names, texts).as((name, text) -> new XmlElement(name, Map.of(), List.of(), text.strip()));
        var type = Arbitraries
                .of("0", "1", "3", "4", "5", "6", "10", "14", "15", "16", "17", "17", "17", "20", "21", "23", "24", "35", "", "65536", "x")
                .map(text -> new XmlElement("ResourceType", Map.of(), List.of(), text));
        return Combinators.combine(type, child.list().ofMaxSize(8), Arbitraries.of("1", "512", "4096", "")).as((first, rest, amount) -> {
            var all = new ArrayList<>(rest);
            all.add(first);
            all.add(new XmlElement("VirtualQuantity", Map.of(), List.of(), amount)); // often one that can be, where none came before
            return new XmlElement("Item", Map.of(), List.copyOf(all), "");
        }).list().ofMaxSize(9);
    }

    @Property
    void aTextThatRefersToAPropertyIsItsValueOrItself(@ForAll String text, @ForAll String value) {
        assertThat(OvfProducts.replaced(text, Map.of("a", value))).isIn(text, value);
        assertThat(OvfProducts.replaced("${a}", Map.of("a", value))).isEqualTo(value);
        assertThat(Optional.of(OvfProducts.replaced("${b}", Map.of("a", value)))).hasValue("${b}");
    }
}
