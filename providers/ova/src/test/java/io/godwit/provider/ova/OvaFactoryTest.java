package io.godwit.provider.ova;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProviderFactory;
import io.godwit.provider.SpiFault;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OvaFactoryTest {
    @TempDir
    private Path folder;

    @Test
    void isFoundAsAService() {
        assertThat(ServiceLoader.load(SourceProviderFactory.class)).anySatisfy(factory -> assertThat(factory.type()).isEqualTo("ova"));
    }

    @Test
    void recognisesOvaFilesAndFoldersWithThem() throws IOException {
        var factory = new OvaFactory();
        assertThat(factory.recognises(folder.toString())).isFalse();
        var ova = Files.writeString(folder.resolve("A.OVA"), "");
        assertThat(factory.recognises(folder.toString())).isTrue();
        assertThat(factory.recognises(ova.toString())).isTrue();
        assertThat(factory.recognises(ova.toUri().toString())).isTrue();
        for (var other : List.of("https://vcenter/sdk", "", "\0", "/nonexistent/x.ova",
                Files.writeString(folder.resolve("x.qcow2"), "").toString())) {
            assertThat(factory.recognises(other)).as(other).isFalse();
        }
    }

    /// As ovftool exports: each VM in a folder of its own. What is deeper, hidden or behind a link is not listed either.
    @Test
    void recognisesAFolderOfFoldersOfOvf(@TempDir Path elsewhere) throws IOException {
        var factory = new OvaFactory();
        for (var other : List.of("a/b/deep.ovf", ".hidden/vm.ovf", "vm1/notes.txt", "empty.ovf/x")) {
            Files.writeString(Files.createDirectories(folder.resolve(other).getParent()).resolve(folder.resolve(other).getFileName()), "");
        }
        Files.writeString(elsewhere.resolve("vm.ovf"), "");
        Files.createSymbolicLink(folder.resolve("link"), elsewhere);
        assertThat(factory.recognises(folder.toString())).isFalse();
        Files.writeString(folder.resolve("vm1/vm1.ovf"), "");
        assertThat(factory.recognises(folder.toString())).isTrue();
        assertThat(factory.recognises(folder.resolve("vm1").toUri().toString())).isTrue();
    }

    @Test
    void connectsToAFolderByPathOrUrl() throws IOException {
        OvaFixture.vsphere("x").disk(new SeededDisk(1, 1 << 16)).write(folder.resolve("x.ova"));
        for (var url : List.of(folder.toString(), folder.toUri().toString())) {
            try (var source = new OvaFactory().connect(settings(url))) {
                assertThat(source.inventory().vms()).hasSize(1);
            }
        }
    }

    @Test
    void refusesALocationThatIsNotThere() {
        for (var url : List.of("/nonexistent", "\0", "file://host/x", folder.resolve("x.ova").toString())) {
            OvaSourceTest.assertFault(() -> new OvaFactory().connect(settings(url)), SpiFault.PROVIDER_URL_INVALID);
        }
    }

    private ProviderSettings settings(String url) {
        return new ProviderSettings("p-1", url, Map.of(), Map.of(), new ProviderSettings.Node("n", List.of("worker"), folder));
    }
}
