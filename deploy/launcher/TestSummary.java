import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/// Sums up a run of the tests out of the reports that it left: minutes beside budgets, seeds, what was skipped and why. Run as a
/// source file, so that it works where the build does not.
///
/// Arguments: top folder, tier (fast, full, soak), seed, Maven's exit code, seconds. Exit code: 0 only when Maven was content, no
/// test failed and at least one passed.
final class TestSummary {
    private static final Pattern SEED_LINE = Pattern.compile("(?i)^.{0,60}\\bseeds?\\b[ :=].*\\d.*$");
    private static final int SEED_LINES = 20;
    private static final int FAILURE_LINES = 8;
    private static final int LONGEST_LINE = 240;

    private static final class Suite {
        int tests;
        int failed;
        int skipped;
        final List<Span> spans = new ArrayList<>();

        /// While a class of it ran: some modules run two at once.
        double seconds() {
            double seconds = 0;
            double until = 0;
            spans.sort(Comparator.comparingDouble(Span::began));
            for (var span : spans) {
                seconds += Math.max(0, span.ended() - Math.max(until, span.began()));
                until = Math.max(until, span.ended());
            }
            return seconds;
        }
    }

    /// When a class ran, in seconds since 1970.
    private record Span(double began, double ended) {}

    private record Budget(String module, double minutes) {}

    private final Path top;
    private final String tier;
    private final Map<String, Suite> suites = new TreeMap<>();
    private final Map<String, List<String>> skipped = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    private final TreeSet<String> seeds = new TreeSet<>();

    private TestSummary(Path top, String tier) {
        this.top = top;
        this.tier = tier;
    }

    public static void main(String[] args) throws Exception {
        var summary = new TestSummary(Path.of(args[0]), args[1]);
        summary.readReports();
        System.exit(summary.print(args[2], Integer.parseInt(args[3]), Long.parseLong(args[4])));
    }

    private void readReports() throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var builder = factory.newDocumentBuilder();
        builder.setErrorHandler(null);
        var files = new ArrayList<Path>();
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                var name = folder.getFileName().toString();
                return !folder.equals(top) && (name.equals("src") || name.equals(".git") || name.equals("dist") || name.equals("node_modules")) ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                var folder = file.getParent().getFileName().toString();
                if (folder.endsWith("-reports") && file.getFileName().toString().matches("TEST-.*\\.xml")) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        for (var file : files) {
            try {
                read(file, builder.parse(file.toFile()).getDocumentElement());
            } catch (org.xml.sax.SAXException | IOException e) {
                unreadable.add(top.relativize(file) + ": " + e.getMessage()); // a test JVM that died leaves half a report
            }
        }
    }

    private void read(Path file, Element report) throws IOException {
        var module = top.relativize(file.getParent().getParent().getParent()).toString();
        var suite = suites.computeIfAbsent(module, _ -> new Suite());
        double ended = Files.getLastModifiedTime(file).toMillis() / 1000.0; // it is written when its class has ended
        suite.spans.add(new Span(ended - number(report.getAttribute("time")), ended));
        var cases = report.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            var test = (Element) cases.item(i);
            var name = simple(test.getAttribute("classname")) + "." + test.getAttribute("name");
            suite.tests++;
            var skip = test.getElementsByTagName("skipped");
            if (skip.getLength() > 0) {
                suite.skipped++;
                var element = (Element) skip.item(0);
                var message = element.getAttribute("message");
                var reason = message.isBlank() ? element.getTextContent().strip() : message; // @Disabled, or an assumption's exception
                skipped.computeIfAbsent(reason.isBlank() ? "(no reason given)" : firstLine(reason), _ -> new ArrayList<>()).add(name);
            } else if (failureOf(test) instanceof Element failure) {
                suite.failed++;
                failures.add(module + "  " + name);
                var words = failure.getTextContent().lines().map(String::strip).filter(each -> !each.isEmpty()).toList();
                words.stream().takeWhile(each -> !each.startsWith("at ")).limit(FAILURE_LINES).forEach(each -> failures.add("    " + shortened(each)));
                words.stream().filter(each -> each.startsWith("at io.godwit.")).limit(1).forEach(each -> failures.add("    " + shortened(each)));
            }
        }
        for (var output : List.of("system-out", "system-err")) {
            var nodes = report.getElementsByTagName(output);
            for (int i = 0; i < nodes.getLength(); i++) {
                nodes.item(i).getTextContent().lines().filter(each -> each.length() < 160 && SEED_LINE.matcher(each).matches())
                        .forEach(each -> seeds.add(simple(report.getAttribute("name")) + ": " + each.strip()));
            }
        }
    }

    private static Element failureOf(Element test) {
        for (var kind : List.of("failure", "error")) {
            if (test.getElementsByTagName(kind).item(0) instanceof Element failure) {
                return failure;
            }
        }
        return null;
    }

    private static String shortened(String line) {
        return line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + "..." : line;
    }

    private int print(String seed, int mavenExit, long seconds) throws IOException {
        var budgets = budgets();
        System.out.println();
        System.out.printf("%-24s %6s %7s %8s %8s%n", "SUITE", "TESTS", "SKIPPED", "MINUTES", "BUDGET");
        var total = new Suite();
        suites.forEach((module, suite) -> {
            row(module, suite, suite.seconds(), budgets.get(module));
            total.tests += suite.tests;
            total.failed += suite.failed;
            total.skipped += suite.skipped;
        });
        row("everything (wall clock)", total, seconds, budgets.get("total"));
        System.out.println();
        System.out.println("seeds: base " + seed + " (again with --seed " + seed + ")");
        seeds.stream().limit(SEED_LINES).forEach(each -> System.out.println("  " + each));
        if (seeds.size() > SEED_LINES) {
            System.out.println("  ... and " + (seeds.size() - SEED_LINES) + " more in the reports");
        }
        System.out.println(skipped.isEmpty() ? "skipped: nothing" : "skipped:");
        skipped.forEach((reason, tests) -> System.out.println("  " + reason + ": " + tests.size() + " (" + String.join(", ", tests.subList(0, Math.min(4,
                tests.size()))) + (tests.size() > 4 ? ", ..." : "") + ")"));
        if (!failures.isEmpty()) {
            System.out.println("failed:");
            failures.forEach(each -> System.out.println("  " + each));
        }
        unreadable.forEach(each -> System.out.println("unreadable report: " + each));
        if (mavenExit != 0 && failures.isEmpty()) {
            System.out.println("Maven ended with " + mavenExit + " although no test is reported as failed: see target/test.log.");
        }
        int passed = total.tests - total.failed - total.skipped;
        System.out.println();
        System.out.println(passed + " passed, " + total.failed + " failed, " + total.skipped + " skipped");
        return mavenExit == 0 && total.failed == 0 && passed > 0 && unreadable.isEmpty() ? 0 : 1;
    }

    private static void row(String name, Suite suite, double seconds, Budget budget) {
        double minutes = seconds / 60;
        System.out.printf("%-24s %6d %7d %8.1f %8s%s%n", name, suite.tests, suite.skipped, minutes, budget == null ? "-" : "%.1f".formatted(budget.minutes()),
                budget != null && minutes > budget.minutes() ? "  OVER BUDGET" : "");
    }

    /// Lines of `build/budgets.tsv`: module, then minutes for fast, full and soak.
    private Map<String, Budget> budgets() throws IOException {
        var budgets = new LinkedHashMap<String, Budget>();
        var file = top.resolve("build/budgets.tsv");
        if (!Files.exists(file)) {
            return new HashMap<>();
        }
        int column = switch (tier) {
            case "fast" -> 1;
            case "full" -> 2;
            default -> 3;
        };
        for (var line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            var words = line.split("\t+", -1);
            if (!line.startsWith("#") && words.length > column) {
                budgets.put(words[0], new Budget(words[0], number(words[column])));
            }
        }
        return budgets;
    }

    private static double number(String text) {
        return text.isBlank() ? 0 : Double.parseDouble(text.replace(",", "").strip());
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    /// Without the exception's name before it.
    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("").replaceFirst("^org\\.opentest4j\\.\\w+: (Assumption failed: )?", "").strip();
    }
}
