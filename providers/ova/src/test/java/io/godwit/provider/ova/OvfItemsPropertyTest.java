package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.fault.FaultException;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private static OvfSystem system(List<XmlElement> items) {
        var read = OvfReader.read("<Envelope><VirtualSystem id='a'/></Envelope>".getBytes(UTF_8), "it").systems().getFirst();
        return new OvfSystem(read.id(), read.name(), "", "", "", items.stream().map(OvfItem::of).toList(), Map.of(), List.of(), false, "",
                1,
                read.firmware(), "", List.of(), List.of());
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
                "threads_per_cpu", "Address", "MACAddress", "Connection", "ResourceSubType", "InstanceID", "AddressOnParent");
        var texts = Arbitraries.oneOf(Arbitraries.of("1", "4", "0", "-1", "4096", "4097", "999999999", "byte * 2^20", "MegaBytes", "hertz",
                "00:50:56:ab:cd:ef", "0800272AFB4E", "ff-ff-ff-ff-ff-ff", "VmxNet3 E1000", "99999999999999999999", "1e3", "\u0661"),
                Arbitraries.strings().ofMaxLength(40));
        var child = Combinators.combine(names, texts).as((name, text) -> new XmlElement(name, Map.of(), List.of(), text.strip()));
        var type = Arbitraries.of("3", "4", "10", "17", "", "65536", "x")
                .map(text -> new XmlElement("ResourceType", Map.of(), List.of(), text));
        return Combinators.combine(type, child.list().ofMaxSize(8)).as((first, rest) -> {
            var all = new java.util.ArrayList<>(rest);
            all.add(first);
            return new XmlElement("Item", Map.of(), List.copyOf(all), "");
        }).list().ofMaxSize(5);
    }

    @Property
    void aTextThatRefersToAPropertyIsItsValueOrItself(@ForAll String text, @ForAll String value) {
        assertThat(OvfProducts.replaced(text, Map.of("a", value))).isIn(text, value);
        assertThat(OvfProducts.replaced("${a}", Map.of("a", value))).isEqualTo(value);
        assertThat(Optional.of(OvfProducts.replaced("${b}", Map.of("a", value)))).hasValue("${b}");
    }
}
