package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void leavesNothingThatATerminalObeys() {
        assertThat(Printable.of("a\u001b[2Jb\u0007\u009b1m\u202ec\rd\te")).isEqualTo("a?[2Jb??1m?c?d e");
        assertThat(Printable.of("Größe 東京 😀")).isEqualTo("Größe 東京 😀");
        assertThat(Printable.of("first\nsecond")).isEqualTo("first\n    second");
    }

    @Test
    void doesTheSameToTheLog() {
        var line = new Printable().format(new LogRecord(Level.WARNING, "bad\u001b]0;x\u0007"));
        assertThat(line).contains("bad?]0;x?").endsWith(System.lineSeparator());
    }
}
