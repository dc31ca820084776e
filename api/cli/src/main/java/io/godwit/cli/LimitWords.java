package io.godwit.cli;

import io.godwit.cli.rest.Json;
import io.godwit.cli.text.ByteRate;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Limits in words, both ways.
final class LimitWords {
    private static final String UNLIMITED = "unlimited";
    private static final List<String> DAYS = List.of("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun");
    private static final Pattern WINDOW = Pattern.compile("(\\S+)\\s+(\\d?\\d:\\d\\d)-(\\d?\\d:\\d\\d)\\s+([^\\s:]+)\\s*:\\s*(.+)");
    private static final Pattern REQUESTS = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*requests(?:/s)?");
    private static final Pattern MILLIS = Pattern.compile("(\\d+)\\s*ms");

    private LimitWords() {}

    /// `20ms`.
    static final class Millis implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            var parts = MILLIS.matcher(text.strip());
            if (!parts.matches()) {
                throw new TypeConversionException("'" + text + "' is no time of a read, such as 20ms");
            }
            return Long.valueOf(parts.group(1));
        }
    }

    /// `Mon-Fri 08:00-18:00 Europe/Berlin: 50MiB/s, 200 requests/s, 20ms`, or `...: unlimited`, as REST takes it.
    static final class Window implements ITypeConverter<ObjectNode> {
        @Override
        public ObjectNode convert(String text) {
            var parts = WINDOW.matcher(text.strip());
            if (!parts.matches()) {
                throw new TypeConversionException("'" + text + "' is no window, such as 'Mon-Fri 08:00-18:00 Europe/Berlin: 50MiB/s'");
            }
            var window = Json.object();
            var days = window.putArray("days");
            days(parts.group(1)).forEach(days::add);
            window.put("from", time(parts.group(2))).put("to", time(parts.group(3))).put("zone", parts.group(4));
            addBounds(window, parts.group(5));
            return window;
        }

        private static String time(String text) {
            return text.length() == 5 ? text : "0" + text;
        }

        private static void addBounds(ObjectNode window, String text) {
            if (text.strip().equals(UNLIMITED)) {
                return;
            }
            for (var each : text.split(",", -1)) {
                var word = each.strip();
                var requests = REQUESTS.matcher(word);
                if (requests.matches()) {
                    window.put("requestsPerSecond", new BigDecimal(requests.group(1)));
                } else if (MILLIS.matcher(word).matches()) {
                    window.put("longestReadMillis", new Millis().convert(word));
                } else {
                    window.put("bytesPerSecond", new ByteRate().convert(word));
                }
            }
        }

        private static List<String> days(String text) {
            if (text.equalsIgnoreCase("daily")) {
                return DAYS;
            }
            var days = new ArrayList<String>();
            for (var part : text.split(",", -1)) {
                var ends = part.split("-", 2);
                int first = day(ends[0]);
                int last = day(ends[ends.length - 1]);
                for (int day = first;; day = (day + 1) % DAYS.size()) {
                    days.add(DAYS.get(day));
                    if (day == last) {
                        break;
                    }
                }
            }
            return days.stream().distinct().toList();
        }

        private static int day(String text) {
            for (int i = 0; i < DAYS.size(); i++) {
                if (DAYS.get(i).equalsIgnoreCase(text)) {
                    return i;
                }
            }
            throw new TypeConversionException("'" + text + "' is no day: write daily, or " + String.join(", ", DAYS));
        }
    }

    /// What an answer's bounds say.
    static String bounds(JsonNode node) {
        var words = new ArrayList<String>();
        if (node.has("bytesPerSecond")) {
            words.add(ByteRate.text(Json.number(node, "bytesPerSecond")));
        }
        if (node.has("requestsPerSecond")) {
            words.add(BigDecimal.valueOf(node.path("requestsPerSecond").asDouble()).stripTrailingZeros().toPlainString() + " requests/s");
        }
        if (node.has("longestReadMillis")) {
            words.add(Json.number(node, "longestReadMillis") + "ms");
        }
        return words.isEmpty() ? UNLIMITED : String.join(", ", words);
    }

    static String window(JsonNode node) {
        var days = Json.each(node, "days").map(each -> each.asString("")).collect(Collectors.toCollection(ArrayList::new));
        var first = days.isEmpty() ? 0 : DAYS.indexOf(days.getFirst());
        boolean run = days.size() > 2 && first >= 0 && first + days.size() <= DAYS.size()
                && days.equals(DAYS.subList(first, first + days.size()));
        var words = days.size() == DAYS.size() ? "daily" : run ? days.getFirst() + "-" + days.getLast() : String.join(",", days);
        return words + " " + Json.text(node, "from") + "-" + Json.text(node, "to") + " " + Json.text(node, "zone") + ": " + bounds(node);
    }
}
