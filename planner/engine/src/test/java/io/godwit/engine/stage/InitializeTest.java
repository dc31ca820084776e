package io.godwit.engine.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.fault.FaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InitializeTest {
    @ParameterizedTest
    @CsvSource({"web,web", "Web Server 1,web-server-1", "a_b.c,a-b-c", "-x-,x", "Größe,gr-e"})
    void makesNamesFit(String name, String fit) {
        assertThat(Initialize.fit(name)).isEqualTo(fit);
    }

    @Test
    void cutsLongNamesWithoutADashAtTheEnd() {
        assertThat(Initialize.fit("a".repeat(62) + " b")).isEqualTo("a".repeat(62));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "---", "サーバ"})
    void refusesNamesOfWhichNothingIsLeft(String name) {
        assertThatThrownBy(() -> Initialize.fit(name)).isInstanceOf(FaultException.class);
    }
}
