package io.godwit.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.itinerary.Itinerary;
import io.godwit.engine.itinerary.Step;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.migration.VmMigrationId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordJsonTest {
    public enum Colour {
        RED, GREEN
    }

    public record Everything(String text, int small, long large, boolean yes, @Nullable Boolean maybe, Colour colour, Instant at,
            Duration took, List<Long> numbers, Map<String, String> names, VmMigrationId id, @Nullable String none) {}

    public record Numbers(int number) {}

    private static final Everything ALL = new Everything("a \"b\" \\ \n\t\u0001\u2028 ü \uD83D\uDC26", -1, Long.MAX_VALUE, true, null,
            Colour.GREEN,
            Instant.parse("2026-01-02T03:04:05.678Z"), Duration.ofMillis(1500), List.of(1L, 2L), Map.of("k", "v"),
            VmMigrationId.from("v-1"), null);

    @Test
    void readsWhatItWrote() {
        assertThat(RecordJson.read(Everything.class, RecordJson.write(ALL))).isEqualTo(ALL);
    }

    @Test
    void writesIdsAsTextAndLeavesOutWhatIsAbsent() {
        assertThat(RecordJson.write(ALL)).contains("\"id\":\"v-1\"").doesNotContain("none").doesNotContain("maybe");
    }

    @Test
    void marksMembersOfSealedTypes() {
        var itinerary = new Itinerary("warm", List.of(new Step.Run("A"), new Step.Repeat(List.of(new Step.Run("B")), "cutover")));
        var json = RecordJson.write(itinerary);
        assertThat(json).isEqualTo("{\"name\":\"warm\",\"steps\":[{\"@type\":\"Run\",\"stage\":\"A\"},"
                + "{\"@type\":\"Repeat\",\"steps\":[{\"@type\":\"Run\",\"stage\":\"B\"}],\"until\":\"cutover\"}]}");
        assertThat(RecordJson.read(Itinerary.class, json)).isEqualTo(itinerary);
        var mapping = new NetworkMapping("n", "n", "a", "b",
                List.of(new NetworkMapping.Pair("x", new NetworkTarget.Ignored()),
                        new NetworkMapping.Pair("y", new NetworkTarget.Multus("n", "m"))));
        assertThat(RecordJson.read(NetworkMapping.class, RecordJson.write(mapping))).isEqualTo(mapping);
    }

    @Test
    void readsWhatALaterReleaseWrote() {
        assertThat(RecordJson.read(Numbers.class, " { \"number\" : 7, \"new\" : [ { } , null , 1.5e3 ] } ")).isEqualTo(new Numbers(7));
        assertThat(RecordJson.read(Numbers.class, "{}")).isEqualTo(new Numbers(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"number\":}", "{\"number\":1}x", "null", "[]", "{\"number\":\"one\"}", "{\"number\":1.5}",
            "{\"number\":99999999999}", "{\"number\" 1}", "{\"a\":\"\\u12\"}", "{\"a\":tru}"})
    void whatIsBrokenIsAFault(String json) {
        assertThatThrownBy(() -> RecordJson.read(Numbers.class, json)).isInstanceOfSatisfying(FaultException.class,
                exception -> assertThat(exception.fault().code()).isEqualTo(EngineFault.JOURNAL_UNREADABLE.name()));
    }

    @Test
    void aTypeThatNobodyRegisteredIsAFault() {
        assertThatThrownBy(() -> new FactTypes().read("from-the-future", 3, "{}")).isInstanceOf(FaultException.class)
                .hasMessageContaining("from-the-future version 3");
        assertThatThrownBy(() -> new FactTypes().write(new Numbers(1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anOldVersionIsReadInItsCurrentClass() {
        var types = new FactTypes().register("number", 2, Fault.class).registerOld("number", 1, Numbers.class,
                old -> Fault.of(EngineFault.NAME_TAKEN, "number " + old.number(), "old"));
        assertThat(types.read("number", 1, "{\"number\":7}")).isInstanceOfSatisfying(Fault.class,
                fault -> assertThat(fault.what()).isEqualTo("number 7"));
    }
}
