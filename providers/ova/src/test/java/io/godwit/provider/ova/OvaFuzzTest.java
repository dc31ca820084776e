package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ExportSpec.Format;
import io.godwit.model.disk.ExportSpec.Range;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.provider.ova.fixture.TarFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Whatever the bytes: a VM or a fault, no other exception, and no range outside of the file.
class OvaFuzzTest {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static Path folder = Path.of(".");
    private static byte[] whole = new byte[0];

    @BeforeContainer
    static void make() throws IOException {
        folder = Files.createTempDirectory("ova-fuzz-");
        OvaFixture.vsphere("x").disk(new SeededDisk(1, 1 << 17)).nic("net", "VmxNet3", "").uefi(true).write(folder.resolve("x.ova"));
        whole = Files.readAllBytes(folder.resolve("x.ova"));
    }

    @AfterContainer
    static void remove() throws IOException {
        Files.deleteIfExists(folder.resolve("x.ova"));
        Files.delete(folder);
    }

    @Property
    void survivesAnyBytes(@ForAll byte[] bytes) {
        read(bytes);
    }

    @Property
    void survivesChangedBytes(@ForAll("changes") List<Change> changes) {
        var bytes = whole.clone();
        changes.forEach(change -> change.apply(bytes));
        read(bytes);
    }

    @Property
    void survivesChangedHeadersWithRightChecksums(@ForAll("changes") List<Change> changes) {
        var bytes = whole.clone();
        var header = Arrays.copyOf(bytes, 512);
        changes.forEach(change -> change.apply(header));
        System.arraycopy(TarFixture.sealed(header), 0, bytes, 0, 512);
        read(bytes);
    }

    @Property
    void survivesMovedAndMissingPieces(@ForAll long seed) {
        var random = new Random(seed);
        var from = random.nextInt(whole.length / 512) * 512;
        var to = random.nextInt(whole.length / 512) * 512;
        var length = random.nextInt(8) * 512;
        var bytes = whole.clone();
        System.arraycopy(whole, from, bytes, to, Math.min(length, whole.length - Math.max(from, to)));
        read(Arrays.copyOf(bytes, random.nextInt(bytes.length)));
        read(bytes);
    }

    @Property
    void survivesAnyOvf(@ForAll("pieces") String ovf) {
        read(TarFixture.bytes(tar -> tar.file("x.ovf", ovf.getBytes(UTF_8)).end()));
    }

    @Property
    void survivesAnyManifest(@ForAll byte[] manifest) {
        outcome(() -> Manifest.parse(manifest, "x.mf"));
    }

    @Property
    void survivesAnyPaxHeader(@ForAll byte[] header) {
        read(TarFixture.bytes(tar -> tar.extended('x', header).file("x.ovf", new byte[5]).end()));
    }

    /// A byte that becomes another one, preferably where the headers and the OVF are.
    record Change(int position, byte value) {
        void apply(byte[] bytes) {
            bytes[position % bytes.length] = value;
        }
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        var positions = Arbitraries.oneOf(Arbitraries.integers().between(0, 8_191), Arbitraries.integers().between(0, Integer.MAX_VALUE));
        return Combinators.combine(positions, Arbitraries.bytes()).as(Change::new).list().ofMinSize(1).ofMaxSize(6);
    }

    @Provide
    Arbitrary<String> pieces() {
        var piece = Arbitraries.of("<Envelope>", "</Envelope>", "<VirtualSystem id='a'>", "</VirtualSystem>", "<VirtualHardwareSection>",
                "</VirtualHardwareSection>", "<Item>", "</Item>", "<InstanceID>1</InstanceID>", "<ResourceType>17</ResourceType>",
                "<ResourceType>3</ResourceType>", "<ResourceType>4</ResourceType>", "<VirtualQuantity>1</VirtualQuantity>", "<References>",
                "</References>", "<File id='f' href='x.ovf'/>", "<File id='f' href='x.ovf' compression='gzip'/>", "<DiskSection>",
                "</DiskSection>",
                "<Disk diskId='d' fileRef='f' capacity='1'/>",
                "<HostResource>ovf:/disk/d</HostResource>", "<!--", "-->", "<![CDATA[", "]]>", "&amp;", "&x;", "<!DOCTYPE a>", "\u0000",
                "<?xml version='1.0'?>");
        return piece.list().ofMaxSize(40).map(pieces -> "<Envelope>" + String.join("", pieces) + "</Envelope>");
    }

    private static void read(byte[] bytes) {
        try {
            Files.write(folder.resolve("x.ova"), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        outcome(() -> {
            var source = new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15));
            for (var vm : source.inventory().vms()) {
                for (var disk : vm.disks()) {
                    assertThat(disk.capacityBytes()).isPositive();
                    outcome(() -> requireInside(source.locate(vm.id(), vm.identity(), disk.key(), new Stopped()), bytes.length));
                }
                source.sideTasks(vm.id(), vm.identity());
            }
        });
    }

    private static void requireInside(ExportSpec spec, int fileBytes) {
        switch (spec) {
            case Format(var inner, _) -> requireInside(inner, fileBytes);
            case Range(_, var offset, var length) -> {
                assertThat(offset).isNotNegative();
                assertThat(length).isBetween(0L, fileBytes - offset);
            }
            case ExportSpec.VmdkExtents(var extents) -> extents.forEach(extent -> {
                switch (extent) {
                    case ExportSpec.VmdkExtent.Flat(var file, _, _) -> requireInside(file, fileBytes);
                    case ExportSpec.VmdkExtent.Sparse(var file, _) -> requireInside(file, fileBytes);
                    case ExportSpec.VmdkExtent.Zero _ -> assertThat(extent.sizeBytes()).isPositive();
                }
            });
            case ExportSpec.Unpacked unpacked -> unpacked.parts().forEach(part -> requireInside(part, fileBytes));
            default -> throw new AssertionError(spec);
        }
    }

    /// Ends in time, well or with a fault.
    private static void outcome(Runnable run) {
        var started = System.nanoTime();
        try {
            run.run();
        } catch (FaultException e) {
            assertThat(e.fault().remedy()).isNotEmpty();
        }
        assertThat(System.nanoTime() - started).isLessThan(LIMIT.toNanos());
    }
}
