package io.godwit.convert;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who wrote an event of one chunk, and its number. A record is an instance of a template in the same chunk: the template is walked for the
/// places of `Provider/@Name` and `EventID`, and the record gives their values. Each step goes forward, so that it ends.
final class EventRecords {
    private static final int MORE = 0x40;
    private static final int TEMPLATE_HEADER = 24;
    private static final int DEEPEST = 32;
    private static final int MOST_VALUES = 1024;
    private static final int STRING = 0x01;
    private static final Template UNREADABLE = new Template(null, null);

    private final ByteBuffer chunk;
    private final Map<Integer, Template> templates = new HashMap<>();

    /// @param chunk 64 KiB, little-endian
    EventRecords(ByteBuffer chunk) {
        this.chunk = chunk;
    }

    record Event(String provider, int number) {}

    /// Where a template has something: in itself, or in the record's list of values.
    private sealed interface Place {
        record Literal(String text) implements Place {}

        record Value(int index) implements Place {}
    }

    private record Template(@Nullable Place provider, @Nullable Place event) {}

    /// What a record's binary XML says; empty when it is damaged or of another form.
    Optional<Event> event(int from, int to) {
        try {
            return read(from, to);
        } catch (IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    private Optional<Event> read(int from, int to) {
        int at = from + 4; // the fragment's header
        if (chunk.get(from) != 0x0f || chunk.get(at) != 0x0c) {
            return Optional.empty();
        }
        int definition = chunk.getInt(at + 6);
        at += 10;
        if (definition < 0 || definition > EventLog.CHUNK - TEMPLATE_HEADER) {
            return Optional.empty();
        }
        int length = chunk.getInt(definition + 20);
        if (length < 0 || length > EventLog.CHUNK - TEMPLATE_HEADER - definition) {
            return Optional.empty();
        }
        int begin = definition + TEMPLATE_HEADER;
        if (definition == at) { // the first record that uses it holds it
            at = begin + length;
        }
        var template = templates.computeIfAbsent(definition, _ -> template(begin, begin + length));
        var provider = text(template.provider(), at, to);
        var number = text(template.event(), at, to);
        if (provider == null || number == null || !number.matches("\\d{1,9}")) {
            return Optional.empty();
        }
        return Optional.of(new Event(provider, Integer.parseInt(number)));
    }

    /// @param values where the record's list of values begins
    private @Nullable String text(@Nullable Place place, int values, int to) {
        return switch (place) {
            case null -> null;
            case Place.Literal(var text) -> text;
            case Place.Value(var index) -> value(index, values, to);
        };
    }

    private @Nullable String value(int index, int values, int to) {
        int count = chunk.getInt(values);
        if (count < 0 || count > MOST_VALUES || index >= count) {
            return null;
        }
        int at = values + 4 + 4 * count;
        for (int i = 0; i < index; i++) {
            at += Short.toUnsignedInt(chunk.getShort(values + 4 + 4 * i));
        }
        int length = Short.toUnsignedInt(chunk.getShort(values + 4 + 4 * index));
        if (at + length > to) {
            return null;
        }
        return switch (chunk.get(values + 6 + 4 * index)) {
            case STRING -> string(at, length / 2);
            case 0x06 -> length == 2 ? Integer.toString(Short.toUnsignedInt(chunk.getShort(at))) : null;
            case 0x08 -> length == 4 ? Integer.toUnsignedString(chunk.getInt(at)) : null;
            default -> null;
        };
    }

    private String string(int at, int characters) {
        var bytes = new byte[characters * 2];
        chunk.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_16LE).replace("\0", "");
    }

    private Template template(int from, int to) {
        var walk = new Walk(from, to);
        try {
            while (walk.at < walk.to && walk.step()) {
                // to its end
            }
        } catch (IndexOutOfBoundsException e) {
            return UNREADABLE;
        }
        return new Template(walk.provider, walk.event);
    }

    private final class Walk {
        private final int to;
        private final ArrayDeque<String> elements = new ArrayDeque<>();
        private @Nullable String attribute;
        private @Nullable Place provider;
        private @Nullable Place event;
        private int at;

        Walk(int from, int to) {
            at = from;
            this.to = to;
        }

        /// Takes one token; false at the end, or at something unknown.
        boolean step() {
            int token = Byte.toUnsignedInt(chunk.get(at));
            switch (token & ~MORE) {
                case 0x01 -> {
                    at += 7; // token, dependency, length
                    elements.push(name());
                    at += (token & MORE) == 0 ? 0 : 4; // length of the attributes
                    attribute = null;
                    return elements.size() <= DEEPEST;
                }
                case 0x02 -> {
                    at++;
                    attribute = null;
                }
                case 0x03, 0x04 -> {
                    at++;
                    attribute = null;
                    return elements.poll() != null;
                }
                case 0x05 -> {
                    int length = Short.toUnsignedInt(chunk.getShort(at + 2));
                    take(new Place.Literal(string(at + 4, length)));
                    at += 4 + 2 * length;
                }
                case 0x06 -> {
                    at++;
                    attribute = name();
                }
                case 0x08 -> at += 3;
                case 0x0d, 0x0e -> {
                    take(new Place.Value(Short.toUnsignedInt(chunk.getShort(at + 1))));
                    at += 4;
                }
                case 0x0f -> at += 4;
                default -> {
                    return false;
                }
            }
            return true;
        }

        /// The name that is referred to here: it stands at once behind its first mention.
        private String name() {
            int where = chunk.getInt(at);
            at += 4;
            if (where < 0 || where > EventLog.CHUNK - 8) {
                throw new IndexOutOfBoundsException(where);
            }
            int length = Short.toUnsignedInt(chunk.getShort(where + 6));
            if (where == at) {
                at += 8 + 2 * length + 2;
            }
            return string(where + 8, length);
        }

        private void take(Place place) {
            if ("Provider".equals(elements.peek()) && "Name".equals(attribute)) {
                provider = place;
            } else if ("EventID".equals(elements.peek()) && attribute == null) {
                event = place;
            }
        }
    }
}
