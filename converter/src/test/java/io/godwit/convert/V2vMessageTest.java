package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.V2vMessage.Kind;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class V2vMessageTest {
    @Test
    void namesTheStepsOfAConversionInOrder() {
        assertThat(Fixtures.messages("debian12.stdout").stream().filter(message -> message.kind() == Kind.STEP).map(V2vMessage::text))
                .containsExactly("Setting up the source: -i libvirtxml vm.xml", "Opening the source", "Inspecting the source",
                        "Checking for sufficient free disk space in the guest", "Converting 12.15 to run on KVM",
                        "Mapping filesystem data to avoid copying unused and blank areas", "Closing the overlay",
                        "Assigning disks to buses",
                        "Checking if the guest needs BIOS or UEFI to boot", "Finishing off");
    }

    @Test
    void readsTheTimeOfAStep() {
        assertThat(Fixtures.messages("debian12.stdout").get(2).at()).isEqualTo(Instant.parse("2026-11-23T10:06:55.182871332Z"));
    }

    @Test
    void findsTheErrorBetweenOtherLines() {
        assertThat(Fixtures.messages("empty-disk.stdout")).hasSize(4).last()
                .satisfies(message -> assertThat(message.kind()).isEqualTo(Kind.ERROR))
                .satisfies(message -> assertThat(message.text()).contains("No root device found"));
    }

    @Test
    void leavesOtherLinesAlone() {
        assertThat(V2vMessage.parse("[   1.0] Opening the source")).isEmpty();
        assertThat(V2vMessage.parse("{ \"type\": \"message\"")).isEmpty();
        assertThat(V2vMessage.parse("{ \"message\": \"x\", \"type\": \"message\" }")).isEmpty();
        assertThat(V2vMessage.parse("{ \"message\": \"x\", \"timestamp\": \"2026-11-23T10:06:55Z\", \"type\": \"other\" }")).isEmpty();
    }
}
