package io.godwit.cli.watch;

import io.godwit.cli.rest.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One migration as the server shows it at one moment.
public record MigrationView(String id, String plan, String phase, @Nullable Instant started, @Nullable Instant completed,
        List<VmView> vms) {
    public static MigrationView read(JsonNode node) {
        return new MigrationView(Json.text(node, "id"), Json.reference(node.path("plan")), Json.text(node, "phase"),
                instant(node, "started"), instant(node, "completed"), Json.each(node, "vms").map(VmView::read).toList());
    }

    static @Nullable Instant instant(JsonNode node, String field) {
        var text = Json.text(node, field);
        return text.isBlank() ? null : Instant.parse(text);
    }

    public boolean ended() {
        return switch (phase) {
            case "Succeeded", "Failed", "Canceled" -> true;
            default -> false;
        };
    }

    public boolean succeeded() {
        return phase.equals("Succeeded");
    }
}
