package io.godwit.provider.ova;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.ova.fixture.HostileOva;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What other tests rely on when they take a hostile OVA from the shelf.
class HostileOvaFixtureTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void endsInTheFaultThatItPromises(HostileOva hostile) throws IOException {
        hostile.write(folder, "vm");
        var source = new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15));
        var inventory = source.inventory();
        switch (hostile.found()) {
            case WHEN_READ -> assertThat(inventory.unreadable()).singleElement()
                    .satisfies(unreadable -> assertThat(unreadable.fault().code()).isEqualTo(hostile.faultCode()));
            case WHEN_LOCATED -> {
                var vm = inventory.vms().getFirst();
                OvaSourceTest.assertFault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()),
                        OvaFault.valueOf(hostile.faultCode()));
            }
            case BY_THE_WORKER -> {
                var vm = inventory.vms().getFirst();
                assertThat(source.sideTasks(vm.id(), vm.identity())).hasSize(1);
                assertThat(vm.concerns()).noneMatch(concern -> concern.id().contains("digest"));
            }
        }
    }
}
