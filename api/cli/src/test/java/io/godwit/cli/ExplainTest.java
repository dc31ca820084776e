package io.godwit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.cli.doctor.Ailment;
import io.godwit.cli.rest.Rest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainTest {
    private final Shell shell = new Shell();

    @Test
    void tellsWhatWhyAndTheRemedy() {
        assertThat(shell.run("explain", "NAME_TAKEN")).isZero();
        assertThat(shell.out()).isEqualTo("""
                NAME_TAKEN: An object cannot be made under that name.
                  blame:     USER
                  retryable: no
                  why:       Another object of its kind has it.
                  remedy:    Choose another name.
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ova_truncated", "ova-truncated", "Ova Truncated"})
    void takesACodeAsItIsTyped(String typed) {
        assertThat(shell.run("explain", typed)).isZero();
        assertThat(shell.out()).startsWith("OVA_TRUNCATED: ");
    }

    /// The doctor's table shows them beside each finding.
    @ParameterizedTest
    @EnumSource(Ailment.class)
    void explainsWhatTheDoctorFinds(Ailment ailment) {
        assertThat(shell.run("explain", ailment.name())).isZero();
        assertThat(shell.out()).isEqualTo("""
                %s: %s
                  verdict:   %s of the doctor
                  seen as:   %s
                  remedy:    %s
                """.formatted(ailment, ailment.what(), ailment.verdict(), ailment.seenAs(), ailment.remedy()));
    }

    @Test
    void isReadByPrograms() {
        assertThat(shell.run("explain", "STORE_UNAVAILABLE", "-o", "json")).isZero();
        var answer = Rest.JSON.readTree(shell.out());
        assertThat(answer.path("code").asString()).isEqualTo("STORE_UNAVAILABLE");
        assertThat(answer.path("retryable").asBoolean()).isTrue();
        assertThat(answer.path("blame").asString()).isEqualTo("GODWIT");
        assertThat(answer.propertyNames()).containsExactly("code", "what", "blame", "retryable", "why", "remedy");
    }

    @Test
    void listsAllWithoutACode() {
        assertThat(shell.run("explain", "-o", "json")).isZero();
        assertThat(Rest.JSON.readTree(shell.out()).path("items").size()).isGreaterThan(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"OVA_TRUNCATD|OVA_TRUNCATED", "SOURCE_CERTIFICAT_REFUSED|SOURCE_CERTIFICATE_REFUSED",
            "truncated|OVA_TRUNCATED"})
    void suggestsWhatMayHaveBeenMeant(String typed, String meant) {
        assertThat(shell.run("explain", typed)).isEqualTo(2);
        assertThat(shell.err()).startsWith("godwit: There is no code '" + typed + "'.\n").contains("Did you mean ").contains(meant);
    }

    @Test
    void suggestsNothingForWhatIsLikeNoCode() {
        assertThat(shell.run("explain", "XQZW")).isEqualTo(2);
        assertThat(shell.err()).isEqualTo("""
                godwit: There is no code 'XQZW'.
                  remedy: `godwit explain` lists all codes.
                """);
    }
}
