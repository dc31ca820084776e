package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.model.disk.WorkerJob.MachineShape;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;

class LibvirtXmlTest {
    @Test
    void keepsTheDisksInOrderAndNamesThemAsTheGuestSawThem() throws Exception {
        var xml = xml("vm", false, "scsi", "ide", "sata", "virtio");

        assertThat(all(xml, "//disk/target/@dev")).containsExactly("sda", "hda", "sdb", "vda");
        assertThat(all(xml, "//disk/target/@bus")).containsExactly("scsi", "ide", "sata", "virtio");
        assertThat(all(xml, "//disk/source/@file")).containsExactly("/o/0.qcow2", "/o/1.qcow2", "/o/2.qcow2", "/o/3.qcow2");
        assertThat(all(xml, "//disk/driver/@type")).containsOnly("qcow2");
    }

    @Test
    void escapesWhatTheSourceNamed() throws Exception {
        assertThat(all(xml("a<b>&'\"", false, "scsi"), "/domain/name/text()")).containsExactly("a<b>&'\"");
    }

    @Test
    void saysTheFirmware() throws Exception {
        assertThat(all(xml("vm", true, "scsi"), "/domain/os/@firmware")).containsExactly("efi");
        assertThat(all(xml("vm", false, "scsi"), "/domain/os/@firmware")).isEmpty();
    }

    @Test
    void countsBeyondTheAlphabet() {
        assertThat(List.of(GuestDisks.letters(0), GuestDisks.letters(25), GuestDisks.letters(26), GuestDisks.letters(701),
                GuestDisks.letters(702)))
                .containsExactly("a", "z", "aa", "zz", "aaa");
    }

    private static String xml(String name, boolean uefi, String... buses) {
        var disks = IntStream.range(0, buses.length)
                .mapToObj(i -> new DiskInput("disk" + i, new ExportSpec.File("/d", null), 1 << 20, buses[i])).toList();
        var overlays = IntStream.range(0, buses.length).mapToObj(i -> Path.of("/o/" + i + ".qcow2")).toList();
        return LibvirtXml.of(new MachineShape(name, "6f0d1c52-1c1e-4a0e-9c5f-6f6477697401", 2, 1, 1, 1 << 29, uefi, false, "virtio",
                List.of("52:54:00:00:00:01"), Map.of()), disks, overlays);
    }

    private static List<String> all(String xml, String path) throws Exception {
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        var nodes = (org.w3c.dom.NodeList) XPathFactory.newInstance().newXPath().evaluate(path, document,
                javax.xml.xpath.XPathConstants.NODESET);
        return IntStream.range(0, nodes.getLength()).mapToObj(i -> nodes.item(i).getNodeValue()).toList();
    }
}
