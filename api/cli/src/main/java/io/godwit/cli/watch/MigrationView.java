package io.godwit.cli.watch;

import io.godwit.cli.rest.Json;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One migration as the server shows it at one moment.
public record MigrationView(String id, String plan, String phase, @Nullable Instant started, @Nullable Instant completed,
        List<VmView> vms) {
    private static final Set<String> ENDS = Set.of("Succeeded", "Failed", "Canceled");

    public static MigrationView read(JsonNode node) {
        return new MigrationView(Json.text(node, "id"), Json.reference(node.path("plan")), Json.text(node, "phase"),
                instant(node, "started"), instant(node, "completed"), Json.each(node, "vms").map(VmView::read).toList());
    }

    /// What several migrations, or parts of them, are together.
    ///
    /// @param all the server's views of them
    /// @param vms VM migrations that are meant
    public static MigrationView of(List<JsonNode> all, Predicate<JsonNode> vms) {
        var first = read(all.getFirst());
        var meant = all.stream().flatMap(each -> Json.each(each, "vms")).filter(vms).toList();
        var views = meant.stream().map(VmView::read).toList();
        if (all.size() == 1 && views.size() == first.vms().size()) {
            return first;
        }
        var completed = meant.stream().map(each -> instant(each, "completed")).flatMap(Stream::ofNullable).max(Instant::compareTo);
        var started = meant.stream().map(each -> instant(each, "started")).flatMap(Stream::ofNullable).min(Instant::compareTo);
        return new MigrationView(String.join(", ", all.stream().map(each -> Json.text(each, "id")).toList()), first.plan(),
                phase(views.stream().map(VmView::phase).toList()), started.orElse(first.started()), completed.orElse(null), views);
    }

    private static String phase(List<String> phases) {
        if (phases.stream().anyMatch(each -> !ENDS.contains(each))) {
            return "Running";
        }
        return phases.contains("Failed") ? "Failed" : phases.contains("Canceled") ? "Canceled" : "Succeeded";
    }

    static @Nullable Instant instant(JsonNode node, String field) {
        var text = Json.text(node, field);
        return text.isBlank() ? null : Instant.parse(text);
    }

    public boolean ended() {
        return ENDS.contains(phase);
    }

    public MigrationView inPhase(String other) {
        return new MigrationView(id, plan, other, started, completed, vms);
    }

    public boolean succeeded() {
        return phase.equals("Succeeded");
    }
}
