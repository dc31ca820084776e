package io.godwit.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.hawkular.agent.prometheus.text.TextPrometheusMetricsProcessor;
import org.hawkular.agent.prometheus.types.Counter;
import org.hawkular.agent.prometheus.types.Gauge;
import org.hawkular.agent.prometheus.types.Histogram;
import org.hawkular.agent.prometheus.types.Metric;
import org.hawkular.agent.prometheus.types.MetricFamily;
import org.hawkular.agent.prometheus.walkers.CollectorPrometheusMetricsWalker;

/// An exposition as a parser of Prometheus' text format reads it, beside what docs/reference/metrics.md says there is.
final class Scraped {
    private static final Pattern ROW = Pattern.compile("\\| `(godwit_[a-z_]+)` \\| (\\w+) \\|([^|]*)\\|.*");

    private final List<MetricFamily> families;

    Scraped(String text) {
        var collector = new CollectorPrometheusMetricsWalker();
        new TextPrometheusMetricsProcessor(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), collector).walk();
        families = collector.getAllMetricFamilies();
    }

    /// Names of all families.
    List<String> families() {
        return families.stream().map(MetricFamily::getName).toList();
    }

    /// Type and labels of our own, by name.
    Map<String, String> godwitFamilies() {
        var own = new TreeMap<String, String>();
        for (var family : families) {
            if (family.getName().startsWith("godwit_")) {
                var labels = new TreeSet<String>();
                family.getMetrics().forEach(metric -> labels.addAll(metric.getLabels().keySet()));
                own.put(family.getName(), family.getType().name().toLowerCase(Locale.ROOT) + " " + labels);
            }
        }
        return own;
    }

    /// The same, as the reference says it.
    static Map<String, String> reference() {
        var said = new TreeMap<String, String>();
        try {
            for (var line : Files.readAllLines(Path.of("../../docs/reference/metrics.md"))) {
                var row = ROW.matcher(line);
                if (row.matches()) {
                    var labels = new TreeSet<>(Arrays.asList(row.group(3).replace("`", "").strip().split(", *", -1)));
                    labels.remove("");
                    said.put(row.group(1), row.group(2) + " " + labels);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return said;
    }

    /// The value of the series with these labels (and perhaps others); NaN where there is none.
    double value(String name, String... labels) {
        return find(name, labels).stream().mapToDouble(metric -> switch (metric) {
            case Counter counter -> counter.getValue();
            case Gauge gauge -> gauge.getValue();
            default -> throw new AssertionError(metric + " has no single value");
        }).reduce(Double::sum).orElse(Double.NaN);
    }

    /// Upper bounds of a histogram's buckets.
    List<Double> buckets(String name, String... labels) {
        return find(name, labels).stream().map(Histogram.class::cast).flatMap(histogram -> histogram.getBuckets().stream())
                .map(Histogram.Bucket::getUpperBound).distinct().toList();
    }

    private List<Metric> find(String name, String... labels) {
        return families.stream().filter(family -> family.getName().equals(name)).flatMap(family -> family.getMetrics().stream())
                .filter(metric -> {
                    for (int i = 0; i < labels.length; i += 2) {
                        if (!labels[i + 1].equals(metric.getLabels().get(labels[i]))) {
                            return false;
                        }
                    }
                    return true;
                }).toList();
    }
}
