package io.godwit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// The help is part of the interface: a change of it shows in the diff of `help.txt`.
class HelpTest {
    private static String golden(String name) throws IOException {
        try (var in = Objects.requireNonNull(HelpTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void firstScreenIsAsAgreed() throws IOException {
        var shell = new Shell();
        assertThat(shell.run()).isZero();
        var actual = shell.out();
        var expected = golden("help.txt");
        if (!actual.equals(expected)) {
            Files.writeString(Path.of("target", "help.txt"), actual); // to be copied where it is right
        }
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"help", "--help"})
    void isTheSameHoweverAskedFor(String word) throws IOException {
        var shell = new Shell();
        assertThat(shell.run(word)).isZero();
        assertThat(shell.out()).isEqualTo(golden("help.txt"));
    }

    @Test
    void everyVerbAndOptionIsDescribed() {
        var godwit = new CommandLine(new Godwit(Surroundings.ofThisProcess()));
        assertThat(undescribed(godwit)).isEmpty();
    }

    private static java.util.List<String> undescribed(CommandLine command) {
        var found = new java.util.ArrayList<String>();
        var spec = command.getCommandSpec();
        if (spec.usageMessage().description().length == 0) {
            found.add(spec.qualifiedName());
        }
        spec.options().stream().filter(each -> !each.hidden() && each.description().length == 0)
                .forEach(each -> found.add(spec.qualifiedName() + " " + each.longestName()));
        spec.positionalParameters().stream().filter(each -> !each.hidden() && each.description().length == 0)
                .forEach(each -> found.add(spec.qualifiedName() + " " + each.paramLabel()));
        command.getSubcommands().values().forEach(each -> found.addAll(undescribed(each)));
        return found;
    }
}
