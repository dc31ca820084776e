package io.godwit.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.migration.VmMigrationId;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class DefinitionsTest {
    private static final VmMigrationId OWNER = new VmMigrationId("v-1");

    @Test
    void kubeVirtGetsTheWholeMachine() {
        var vm = read(KubeVirtYaml.of(OWNER, Vms.hostile()));
        assertThat(vm.at("/apiVersion").asString()).isEqualTo("kubevirt.io/v1");
        assertThat(vm.at("/metadata/name").asString()).isEqualTo("it-s-web-co-1");
        assertThat(vm.at("/metadata/namespace").asString()).isEqualTo("shop");
        assertThat(vm.at("/metadata/annotations/godwit.io~1name").asString()).isEqualTo("It's <web> & \"co\": #1");
        assertThat(vm.at("/spec/runStrategy").asString()).isEqualTo("Halted");
        var domain = vm.at("/spec/template/spec/domain");
        assertThat(domain.at("/cpu").toString()).isEqualTo("{\"sockets\":1,\"cores\":4,\"threads\":2}");
        assertThat(domain.at("/memory/guest").asString()).isEqualTo(Long.toString((3L << 30) + 4096));
        assertThat(domain.at("/firmware/bootloader/efi/secureBoot").asBoolean()).isTrue();
        assertThat(domain.at("/features/smm/enabled").asBoolean()).isTrue();
        assertThat(domain.at("/devices/tpm/persistent").asBoolean()).isTrue();
        assertThat(domain.at("/devices/disks").toString()).isEqualTo("[{\"name\":\"disk-0\",\"bootOrder\":1,\"disk\":{\"bus\":\"scsi\"}},"
                + "{\"name\":\"disk-1\",\"bootOrder\":2,\"disk\":{\"bus\":\"scsi\"}}]");
        assertThat(domain.at("/devices/interfaces").toString())
                .isEqualTo("[{\"name\":\"net-0\",\"model\":\"e1000e\",\"macAddress\":\"52:54:00:00:00:02\",\"masquerade\":{}},"
                        + "{\"name\":\"net-1\",\"model\":\"e1000e\",\"bridge\":{}}]");
        var spec = vm.at("/spec/template/spec");
        assertThat(spec.at("/networks").toString())
                .isEqualTo("[{\"name\":\"net-0\",\"pod\":{}},{\"name\":\"net-1\",\"multus\":{\"networkName\":\"infra/vlan7\"}}]");
        assertThat(spec.at("/volumes/0/hostDisk").toString())
                .isEqualTo("{\"path\":\"/srv/pool/volumes/it's <web> & \\\"co\\\"-disk_0.raw\",\"type\":\"Disk\"}");
    }

    /// A VM named `on` or with a MAC such as 52:54:00:... would be a boolean or a number to a reader of YAML 1.1.
    @Test
    void textsStayTexts() {
        var vm = read(KubeVirtYaml.of(OWNER, Vms.lonely()));
        assertThat(vm.at("/metadata/name").isString()).isTrue();
        assertThat(vm.at("/spec/template/metadata/labels/kubevirt.io~1vm").asString()).isEqualTo("on");
        assertThat(KubeVirtYaml.of(OWNER, Vms.lonely())).contains("name: \"on\"");
        assertThat(KubeVirtYaml.of(OWNER, Vms.web(List.of()))).contains("macAddress: \"52:54:00:00:00:01\"");
    }

    @Test
    void aVmWithoutConnectedCardsGetsNone() {
        var devices = read(KubeVirtYaml.of(OWNER, Vms.lonely())).at("/spec/template/spec/domain/devices");
        assertThat(devices.at("/interfaces")).isEmpty();
        assertThat(devices.at("/autoattachPodInterface").asBoolean()).isFalse();
        assertThat(LibvirtXml.of(OWNER, Vms.lonely())).doesNotContain("<interface");
    }

    @Test
    void theSameRequestGivesTheSameTexts() {
        assertThat(KubeVirtYaml.of(OWNER, Vms.hostile())).isEqualTo(KubeVirtYaml.of(OWNER, Vms.hostile()));
        assertThat(LibvirtXml.of(OWNER, Vms.hostile())).isEqualTo(LibvirtXml.of(OWNER, Vms.hostile()));
    }

    @Test
    void libvirtGetsTheWholeMachine() {
        var xml = LibvirtXml.of(OWNER, Vms.hostile());
        assertThat(xml).contains("<name>It&apos;s &lt;web&gt; &amp; &quot;co&quot;: #1</name>", "<os firmware='efi'>",
                "<loader secure='yes'/>",
                "<feature enabled='yes' name='secure-boot'/>", "<smm state='on'/>", "<topology sockets='1' cores='4' threads='2'/>",
                "<vcpu>8</vcpu>",
                "<target dev='sdb' bus='scsi'/>", "model='virtio-scsi'", "<interface type='user'>", "<source network='vlan7'/>",
                "<model type='e1000e'/>",
                "<tpm model='tpm-crb'>", "<title>Windows: yes?</title>");
    }

    private static JsonNode read(String yaml) {
        return new YAMLMapper().readTree(yaml);
    }
}
