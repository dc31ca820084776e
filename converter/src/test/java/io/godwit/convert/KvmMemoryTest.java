package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.convert.KvmProbe.Acceleration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmMemoryTest {
    private static final Acceleration HANGS = new Acceleration(false, "vmlinuz hangs under kvm");

    @TempDir
    private Path folder;
    private Path device = Path.of("/");
    private Path kernel = Path.of("/");

    @BeforeEach
    void makeFiles() throws IOException {
        device = Files.createFile(folder.resolve("device"));
        kernel = Files.createFile(folder.resolve("vmlinuz"));
    }

    private KvmMemory memory() {
        return new KvmMemory(folder, device, kernel);
    }

    @Test
    void remembersWhatWasFound() {
        assertThat(memory().recall()).isNull();
        memory().keep(HANGS);
        assertThat(memory().recall()).isEqualTo(HANGS);
        var works = new Acceleration(true, "vmlinuz ran under kvm");
        memory().keep(works);
        assertThat(memory().recall()).isEqualTo(works);
    }

    @Test
    void forgetsItWithAnotherKernelOrDevice() throws IOException {
        memory().keep(HANGS);
        assertThat(new KvmMemory(folder, device, Files.createFile(folder.resolve("another"))).recall()).isNull();
        Files.setLastModifiedTime(kernel, FileTime.fromMillis(1000));
        assertThat(memory().recall()).isNull();
        memory().keep(HANGS);
        Files.delete(device);
        assertThat(memory().recall()).isNull();
    }

    @Test
    void believesNoFileThatIsDamaged() throws IOException {
        memory().keep(HANGS);
        var file = file();
        var lines = Files.readAllLines(file);
        for (var wrong : List.of(List.<String>of(), lines.subList(0, 2), List.of(lines.get(0), "maybe", lines.get(2)))) {
            Files.write(file, wrong);
            assertThat(memory().recall()).isNull();
        }
    }

    @Test
    void believesNobodyElse() throws IOException {
        memory().keep(HANGS);
        var file = file();
        var real = Files.move(file, folder.resolve("real"));
        Files.createSymbolicLink(file, real);
        assertThat(memory().recall()).isNull();
        Files.move(real, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(memory().recall()).isEqualTo(HANGS);
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give a file away");
        Files.setAttribute(file, "unix:uid", 1, LinkOption.NOFOLLOW_LINKS);
        assertThat(memory().recall()).isNull();
    }

    @Test
    void doesWithoutWhereItCannotWrite() {
        new KvmMemory(folder.resolve("missing"), device, kernel).keep(HANGS);
        assertThat(new KvmMemory(folder.resolve("missing"), device, kernel).recall()).isNull();
    }

    private Path file() throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(".godwit-kvm-")).findFirst().orElseThrow();
        }
    }
}
