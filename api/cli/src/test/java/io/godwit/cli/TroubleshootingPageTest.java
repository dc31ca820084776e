package io.godwit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.cli.doctor.Ailment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds the doctor and docs/guide/troubleshooting.md together. `-Dgodwit.generate=true` writes the page anew.
class TroubleshootingPageTest {
    private static final Path PAGE = Path.of("..", "..", "docs", "guide", "troubleshooting.md");

    @Test
    void thePageShowsTheAilments() throws IOException {
        if (Boolean.getBoolean("godwit.generate")) {
            Files.writeString(PAGE, page());
        }
        assertThat(Files.readString(PAGE)).as("generate it: mvn -pl api/cli -am test -Dtest=TroubleshootingPageTest "
                + "-Dsurefire.failIfNoSpecifiedTests=false -Dgodwit.generate=true").isEqualTo(page());
    }

    @Test
    void aTestSeedsEachAilment() {
        var seeded = EnumSet.noneOf(Ailment.class);
        for (var method : Stream.of(DoctorIT.class, LauncherIT.class).flatMap(each -> Stream.of(each.getDeclaredMethods())).toList()) {
            var seeds = method.getAnnotation(Seeds.class);
            if (seeds != null) {
                assertThat(method.isAnnotationPresent(Test.class)).as(method.getName() + " is a test").isTrue();
                seeded.addAll(Arrays.asList(seeds.value()));
            }
        }
        assertThat(seeded).as("what DoctorIT and LauncherIT make a machine suffer from").isEqualTo(EnumSet.allOf(Ailment.class));
    }

    private static String page() {
        var page = new StringBuilder(
                """
                        # Troubleshooting

                        Generated from what `godwit doctor` knows; a test compares, and another makes a machine suffer from each. `./godwit doctor` tells which of
                        these a machine has, with the file, what was seen there and the remedy; it changes nothing. `FAIL` means that Godwit does not work so (the
                        doctor ends with 1), `WARN` that something is slow or fails for some, `NOTE` that it could be better. `-o json` gives the same to programs.

                        - What a migration or a command says has a code: `godwit explain CODE`, or [faults](../reference/faults.md). It explains these, too.
                        - Without a JDK 25 nothing of the doctor runs but the launcher, which tells that one finding and ends with 10. A default `java` of
                          another version (17, say) is no trouble where there is a 25 as well: [the launcher](cli.md#the-launcher).
                        - Beside the data folder of `--data` it looks at the one of the server that `godwit migrate` starts, where there is one.
                        - `--pool DIR` looks at a folder that is to become a pool, `--port N` at another port than 8899.
                        """);
        var subjects = Stream.of(Ailment.values()).collect(Collectors.groupingBy(
                each -> each.subject().isEmpty() ? "programs" : each.subject(), LinkedHashMap::new, Collectors.toList()));
        subjects.forEach((subject, ailments) -> {
            page.append("\n## ").append(subject.substring(0, 1).toUpperCase(java.util.Locale.ROOT)).append(subject.substring(1))
                    .append('\n');
            ailments.forEach(each -> page.append("\n### ").append(each).append("\n\n").append(each.what()).append("\n\n- **verdict**: ")
                    .append(each.verdict()).append("\n- **seen as**: ").append(escaped(each.seenAs())).append("\n- **remedy**: ")
                    .append(escaped(each.remedy())).append('\n'));
        });
        return page.toString();
    }

    /// What Markdown would take for tags and emphasis.
    private static String escaped(String text) {
        return text.replaceAll("<([A-Z]+)>", "*$1*").replace("vmlinuz-*", "vmlinuz-\\*").replace("`* hard", "`\\* hard");
    }
}
