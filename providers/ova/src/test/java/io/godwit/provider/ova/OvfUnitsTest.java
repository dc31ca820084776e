package io.godwit.provider.ova;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class OvfUnitsTest {
    @Test
    void readsAmountsAsOvfWritesThem() {
        assertThat(OvfUnits.bytes("10", "byte * 2^30")).hasValue(10L << 30);
        assertThat(OvfUnits.bytes(" 86000000000 ", "byte")).hasValue(86_000_000_000L);
        assertThat(OvfUnits.bytes("7", "")).hasValue(7);
        assertThat(OvfUnits.bytes("7", "byte*1024")).hasValue(7_168);
        assertThat(OvfUnits.bytes("7", "bytes * 2^10 * 3")).hasValue(21_504);
        assertThat(OvfUnits.bytes("2", "byte * 10^3")).hasValue(2_000);
        assertThat(OvfUnits.bytes("2", "MegaBytes")).hasValue(2L << 20);
        assertThat(OvfUnits.bytes("2", "GigaBytes")).hasValue(2L << 30);
    }

    @Test
    void hasNoOpinionOnNonsense() {
        for (var units : new String[]{"byte * 2^63", "byte * 9^99", "byte *", "byte 2^20", "byte * * 2", "byte * 2^", "hertz * 10^6",
                "bytebyte",
                "byte * 2^-1", "byte * 999999999999999999 * 999999999999999999", "byte" + " * 2".repeat(60)}) {
            assertThat(OvfUnits.bytes("8", units)).as(units).isEqualTo(OptionalLong.empty());
        }
        for (var amount : new String[]{"", "0", "-1", "1.5", "ten", "99999999999999999999", "9223372036854775807"}) {
            assertThat(OvfUnits.bytes(amount, "byte * 2^10")).as(amount).isEqualTo(OptionalLong.empty());
        }
    }
}
