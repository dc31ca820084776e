package io.godwit.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// `-Dgodwit.generate=true` writes the page anew.
class StateDiagramTest {
    private static final Path PAGE = Path.of("..", "..", "docs", "reference", "states.md");

    @Test
    void thePageShowsTheTable() throws IOException {
        if (Boolean.getBoolean("godwit.generate")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page());
        }
        assertThat(Files.readString(PAGE)).as("generate it: mvn -pl planner/engine -am test -Dtest=StateDiagramTest -Dgodwit.generate=true")
                .isEqualTo(page());
    }

    private static String page() {
        var page = new StringBuilder(
                """
                        # States of a VM migration

                        Generated from the table of transitions in `io.godwit.engine.journal.Transitions`; a test compares. A command that comes when it
                        can do nothing (a retry of what runs, a cancel of what has ended) is journalled and changes nothing; such rows are left out.

                        ```mermaid
                        """);
        page.append(Transitions.diagram()).append("```\n\n| state | phase shown |\n|---|---|\n");
        for (var state : State.values()) {
            if (state != State.NONE) {
                page.append("| ").append(state).append(" | ").append(state.phase()).append(" |\n");
            }
        }
        return page.toString();
    }
}
