package io.godwit.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.migration.VmMigrationId;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Programs;
import io.godwit.process.Supervisor;
import io.godwit.provider.VmRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// libvirt's own schema (Debian: libvirt-clients).
class LibvirtSchemaIT {
    @TempDir
    private Path temporary;

    static Stream<VmRequest> vms() {
        return Stream.of(Vms.web(List.of()), Vms.hostile(), Vms.lonely());
    }

    @ParameterizedTest
    @MethodSource("vms")
    void everyDomainKeepsToTheSchema(VmRequest vm) throws Exception {
        assertThat(complaintAbout(LibvirtXml.of(new VmMigrationId("v-1"), vm))).isEmpty();
    }

    @Test
    void theSchemaFindsAPlantedError() throws Exception {
        assertThat(complaintAbout(LibvirtXml.of(new VmMigrationId("v-1"), Vms.web(List.of())).replace("<acpi/>", "<acpy/>"))).isNotEmpty();
    }

    private String complaintAbout(String xml) throws Exception {
        Assumptions.assumeTrue(Programs.find("virt-xml-validate").isPresent(), "libvirt-clients is not installed");
        var file = Files.writeString(temporary.resolve("domain.xml"), xml);
        try (var programs = new Supervisor(temporary.resolve("tmp"))) {
            programs.run(Command.of("virt-xml-validate", file.toString(), "domain"));
            return "";
        } catch (ChildFailure e) {
            Assumptions.assumeFalse(e.exitCode() == 127, "xmllint is not installed (libxml2-utils)");
            return e.getMessage() + "\n" + xml;
        }
    }
}
