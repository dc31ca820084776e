package io.godwit.worker;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.Formatter;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;

/// What servers and tools said, as a terminal may get it: no control character of theirs can move its cursor, change its title or hide a line.
public final class Printable extends Formatter {
    /// What `java.util.logging.config.class` names: read with the first line that is logged, and not at the start.
    public static final class Configuration {
        public Configuration() throws IOException {
            LogManager.getLogManager().readConfiguration(new ByteArrayInputStream("""
                    handlers=java.util.logging.ConsoleHandler
                    java.util.logging.ConsoleHandler.formatter=%s
                    """.formatted(Printable.class.getName()).getBytes(StandardCharsets.ISO_8859_1)));
        }
    }

    private final SimpleFormatter plain = new SimpleFormatter();

    @Override
    public String format(LogRecord record) {
        return of(plain.format(record).stripTrailing()) + System.lineSeparator();
    }

    /// The same text with a question mark for each character that is none to be seen; lines after the first are indented.
    static String of(String text) {
        var shown = new StringBuilder();
        text.codePoints().forEach(each -> {
            int type = Character.getType(each);
            if (each == '\n') {
                shown.append("\n    ");
            } else if (each == '\t') {
                shown.append(' ');
            } else if (Character.isISOControl(each) || type == Character.FORMAT || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR || type == Character.SURROGATE) {
                shown.append('?');
            } else {
                shown.appendCodePoint(each);
            }
        });
        return shown.toString();
    }
}
