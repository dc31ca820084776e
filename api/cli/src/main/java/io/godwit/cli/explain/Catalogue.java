package io.godwit.cli.explain;

import io.godwit.cli.doctor.Ailment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/// Faults, of docs/reference/faults.md, which the build puts beside this class, and what the doctor knows.
public final class Catalogue {
    private static final String CODE = "### ";
    private final Map<String, Entry> entries = new TreeMap<>();

    private Catalogue(List<String> page) {
        for (int i = 0; i < page.size(); i++) {
            if (page.get(i).startsWith(CODE)) {
                var entry = entry(page.get(i).substring(CODE.length()), page.subList(i + 1, page.size()));
                entries.put(entry.code(), entry);
            }
        }
        for (var ailment : Ailment.values()) {
            var about = new LinkedHashMap<String, String>();
            about.put("verdict", ailment.verdict() + " of the doctor");
            about.put("seen as", ailment.seenAs());
            about.put("remedy", ailment.remedy());
            entries.put(ailment.name(), new Entry(ailment.name(), ailment.what(), about));
        }
    }

    public static Catalogue read() {
        try (var in = Objects.requireNonNull(Catalogue.class.getResourceAsStream("faults.md"), "the build left out faults.md")) {
            return new Catalogue(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Entry entry(String code, List<String> lines) {
        var meaning = "";
        var about = new LinkedHashMap<String, String>();
        for (var line : lines) {
            if (line.startsWith("#")) {
                break;
            }
            if (line.startsWith("- **")) {
                int end = line.indexOf("**: ");
                about.put(line.substring("- **".length(), end), line.substring(end + "**: ".length()));
            } else if (!line.isBlank()) {
                meaning = line;
            }
        }
        return new Entry(code, meaning, about);
    }

    public Collection<Entry> all() {
        return entries.values();
    }

    /// In any case, and with blanks or hyphens for the underscores.
    public Optional<Entry> find(String words) {
        return Optional.ofNullable(entries.get(code(words)));
    }

    /// Up to three codes that may have been meant: those that hold the words, else those that are few letters away.
    public List<String> like(String words) {
        var code = code(words);
        if (code.length() > 2) {
            var holding = entries.keySet().stream().filter(each -> each.contains(code)).limit(3).toList();
            if (!holding.isEmpty()) {
                return holding;
            }
        }
        int most = Math.max(1, code.length() / 3);
        return entries.keySet().stream().filter(each -> distance(each, code) <= most)
                .sorted(Comparator.comparingInt(each -> distance(each, code))).limit(3).toList();
    }

    private static String code(String words) {
        return words.strip().toUpperCase(Locale.ROOT).replaceAll("[\\s-]+", "_");
    }

    /// How many letters must be put in, taken out or exchanged.
    private static int distance(String one, String other) {
        var row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int above = row[j];
                int exchanged = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(exchanged, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[other.length()];
    }
}
