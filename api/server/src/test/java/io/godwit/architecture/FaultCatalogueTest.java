package io.godwit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds code and docs/reference/faults.md together. `-Dgodwit.generate=true` writes the page anew.
class FaultCatalogueTest {
    private static final Path TOP = Path.of("..", "..");
    private static final Path PAGE = TOP.resolve(Path.of("docs", "reference", "faults.md"));
    private static final Pattern CODE_LIKE = Pattern.compile("(?<=[\"`])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?=[\"`])");

    /// What each module's faults are about; a module that is missing here has its first fault.
    private static final Map<String, String> MODULES = new TreeMap<>(Map.ofEntries(
            Map.entry("api", "Server"), Map.entry("blockio", "Reading and writing disks"),
            Map.entry("convert", "Guests and their conversion"),
            Map.entry("engine", "Plans and migrations"), Map.entry("export", "Sources as exports"),
            Map.entry("provider", "All providers"), Map.entry("provider.local", "Local pools"), Map.entry("provider.ova", "OVA files"),
            Map.entry("store", "Database"), Map.entry("transfer", "Copies as a whole"), Map.entry("worker", "Workers and `godwit copy`")));

    private record Declared(FaultCode code, JavaClass type) {
        CatalogueEntry entry() {
            return code.entry();
        }

        String module() {
            return Architecture.moduleOf(type).orElseThrow();
        }
    }

    private static List<Declared> declared() {
        return ProductionCode.CLASSES.stream().filter(type -> type.isAssignableTo(FaultCode.class) && !type.isInterface())
                .sorted(Comparator.comparing(JavaClass::getName))
                .flatMap(type -> Stream.of(constants(type)).map(code -> new Declared(code, type))).toList();
    }

    private static FaultCode[] constants(JavaClass type) {
        var constants = type.reflect().getEnumConstants();
        assertThat(constants).as(type.getName() + " is an enum, so that all its codes are known").isNotNull();
        return Stream.of(constants).map(FaultCode.class::cast).toArray(FaultCode[]::new);
    }

    @Test
    void thePageShowsTheCode() throws IOException {
        if (Boolean.getBoolean("godwit.generate")) {
            Files.writeString(PAGE, page(declared()));
        }
        assertThat(Files.readString(PAGE)).as("generate it: mvn -pl api/server -am test -Dtest=FaultCatalogueTest "
                + "-Dsurefire.failIfNoSpecifiedTests=false -Dgodwit.generate=true").isEqualTo(page(declared()));
    }

    @Test
    void everyCodeIsDeclaredOnce() {
        var places = declared().stream().collect(Collectors.groupingBy(each -> each.code().name(),
                Collectors.mapping(each -> each.type().getSimpleName(), Collectors.toList())));
        assertThat(places).hasSizeGreaterThan(150).allSatisfy((code, types) -> assertThat(types).as(code).hasSize(1));
    }

    @Test
    void everyEntryTellsWhatWhyAndTheRemedyInSentences() {
        assertThat(declared()).allSatisfy(each -> assertThat(List.of(each.entry().meaning(), each.entry().cause(), each.entry().remedy()))
                .as(each.code().name()).allSatisfy(text -> assertThat(text).matches("\\S.*[.]").doesNotContain("|", "\n", "  "))
                .doesNotHaveDuplicates());
    }

    @Test
    void everyCodeIsUsed() {
        var unused = declared().stream().filter(each -> each.type().getField(each.code().name()).getAccessesToSelf().stream()
                .noneMatch(FaultCatalogueTest::uses)).map(each -> each.code().name()).toList();
        assertThat(unused).as("codes that no program raises: use them or take them away").isEmpty();
    }

    private static boolean uses(JavaFieldAccess access) {
        var owner = access.getOriginOwner();
        var declares = owner.equals(access.getTargetOwner())
                && (access.getOrigin().getName().equals("<clinit>") || access.getOrigin().getName().equals("$values"));
        return !declares && !owner.getPackageName().startsWith("io.godwit.provider.testkit");
    }

    @Test
    void nobodyElseSaysWhoIsToBlame() {
        var made = ProductionCode.CLASSES.get(Fault.class).getConstructorCallsToSelf().stream()
                .filter(call -> !call.getOriginOwner().isEquivalentTo(Fault.class)).map(Object::toString).toList();
        assertThat(made).as("a fault is made of its code (Fault.of), or retold (Fault.told)").isEmpty();
        var entries = ProductionCode.CLASSES.get(CatalogueEntry.class);
        var elsewhere = Stream.concat(entries.getMethodCallsToSelf().stream(), entries.getConstructorCallsToSelf().stream())
                .filter(call -> Set.of("passing", "lasting", "<init>").contains(call.getName()))
                .filter(call -> !call.getOriginOwner().isAssignableTo(FaultCode.class)
                        && !call.getOriginOwner().isEquivalentTo(CatalogueEntry.class))
                .map(Object::toString).toList();
        assertThat(elsewhere).as("an entry is declared with its code").isEmpty();
    }

    /// Where a code stands as a text, the compiler does not see that it is none any more.
    @Test
    void everyCodeThatIsWrittenDownExists() throws IOException {
        var codes = declared().stream().map(each -> each.code().name()).collect(Collectors.toSet());
        var families = codes.stream().map(code -> code.substring(0, code.indexOf('_') + 1)).filter(family -> !family.isEmpty())
                .collect(Collectors.toSet());
        var unknown = new TreeSet<String>();
        for (var file : texts()) {
            var found = CODE_LIKE.matcher(Files.readString(file));
            while (found.find()) {
                var word = found.group();
                if (families.contains(word.substring(0, word.indexOf('_') + 1)) && !codes.contains(word)) {
                    unknown.add(word + " in " + TOP.relativize(file));
                }
            }
        }
        assertThat(unknown).as("texts that look like codes of faults, and are none").isEmpty();
    }

    private static List<Path> texts() throws IOException {
        try (var files = Files.walk(TOP, 12)) {
            return files.filter(file -> {
                var name = file.toString();
                boolean text = name.endsWith(".java") ? name.contains("/src/main/") : name.endsWith(".md") && !file.equals(PAGE);
                return text && !name.contains("/target/");
            }).toList();
        }
    }

    private static String page(List<Declared> all) {
        var page = new StringBuilder(
                """
                        # Faults

                        Generated from the codes that Godwit declares; a test compares. `godwit explain CODE` shows the same without a network, and the `type` of
                        a REST problem leads here. What a migration, a command or the server shows has one of these codes, what happened to which file or
                        object, the first cause as the tool or peer gave it, and the remedy. A fault that may pass is tried again by itself: five times, after 5 s and
                        then after ever longer pauses.

                        | blame | who has to act |
                        |---|---|
                        """);
        for (var blame : Blame.values()) {
            page.append("| ").append(blame).append(" | ").append(who(blame)).append(" |\n");
        }
        var modules = all.stream().collect(Collectors.groupingBy(Declared::module, TreeMap::new, Collectors.toList()));
        assertThat(MODULES.keySet()).as("modules with faults").isEqualTo(modules.keySet());
        var inOrder = new ArrayList<>(modules.keySet());
        inOrder.sort(Comparator.comparing(module -> MODULES.getOrDefault(module, module)));
        for (var module : inOrder) {
            page.append("\n## ").append(MODULES.get(module)).append('\n');
            modules.getOrDefault(module, List.of()).stream().sorted(Comparator.comparing(each -> each.code().name()))
                    .forEach(each -> append(page, each.code()));
        }
        return page.toString();
    }

    private static void append(StringBuilder page, FaultCode code) {
        var entry = code.entry();
        page.append("\n### ").append(code.name()).append("\n\n").append(entry.meaning()).append("\n\n")
                .append("- **blame**: ").append(entry.blame()).append('\n')
                .append("- **retryable**: ").append(entry.retryable() ? "yes" : "no").append('\n')
                .append("- **why**: ").append(entry.cause()).append('\n')
                .append("- **remedy**: ").append(entry.remedy()).append('\n');
    }

    private static String who(Blame blame) {
        return switch (blame) {
            case USER -> "the person who wrote the plan, the request or the settings";
            case SOURCE -> "the platform that the VM comes from, or its files";
            case DESTINATION -> "the platform that the VM goes to, or the machine that the worker runs on";
            case GUEST -> "what is inside the VM";
            case GODWIT -> "Godwit itself: a bug, or its database";
        };
    }
}
