package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmProbeIT {
    @TempDir
    private Path folder;
    private Machine machine;

    @BeforeEach
    void open() {
        machine = new Machine(folder);
    }

    @AfterEach
    void close() {
        machine.close();
    }

    @Test
    void runsGuestCodeWhereAnAcceleratorWorks() {
        assertThat(KvmProbe.runGuestCode(machine.supervisor, folder, "tcg"))
                .satisfies(answer -> assertThat(answer.kvm()).as(answer.why()).isTrue());
    }

    @Test
    void saysWhyAnAcceleratorDoesNotWork() throws Exception {
        assertThat(KvmProbe.runGuestCode(machine.supervisor, folder, "nonsense")).satisfies(answer -> assertThat(answer.kvm()).isFalse())
                .satisfies(answer -> assertThat(answer.why()).contains("nonsense"));
        assertThat(KvmProbe.run(machine.supervisor, folder, folder.resolve("kvm")).why()).contains("there is no ");
        try (var left = Files.list(folder)) {
            assertThat(left.map(Path::getFileName).map(Path::toString)).containsExactly("work");
        }
    }

    @Test
    void asksTheMachineOnce() {
        assertThat(KvmProbe.probe(machine.supervisor, folder)).isSameAs(KvmProbe.probe(machine.supervisor, folder));
    }
}
