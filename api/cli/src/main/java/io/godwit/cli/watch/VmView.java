package io.godwit.cli.watch;

import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.text.Text;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One VM's way through a migration.
///
/// @param name of the VM at the source
/// @param waitingFor why it stands still, empty when it does not
/// @param boot what the boot check saw; `null` before it, or without one
/// @param notes warnings, and what could not be removed
/// @param definition where the finished VM's definition is, empty before that
public record VmView(String id, String name, String targetName, String phase, String stage, String waitingFor, @Nullable Problem fault,
        List<Step> pipeline, List<DiskProof> disks, @Nullable Boot boot, String definition, List<String> notes) {
    /// A step of the pipeline that users of MTV know.
    ///
    /// @param tasks bytes per disk
    /// @param phases what the tool at work calls its own steps
    public record Step(String name, String phase, @Nullable Instant started, @Nullable Instant completed, Bytes total, List<Bytes> tasks,
            List<Named> phases, List<Stage> stages) {
        boolean running() {
            return phase.equals("Running");
        }
    }

    public record Stage(String name, String phase, @Nullable Instant started, @Nullable Instant completed, long attempt) {}

    public record Named(String name, Instant started) {}

    /// How far one disk, or all of a step, is.
    ///
    /// @param secondsLeft -1 when nobody can tell
    public record Bytes(String name, long done, long total, long transferred, long verified, long perSecond, long secondsLeft) {
        double share() {
            return total <= 0 ? 0 : Math.clamp((double) done / total, 0, 1);
        }

        long left() {
            if (secondsLeft >= 0 || perSecond <= 0 || total <= done) {
                return secondsLeft;
            }
            return (total - done) / perSecond;
        }
    }

    public record DiskProof(String key, long sizeBytes, long dataBytes, long zeroBytes, String method, String sourceRoot, String targetRoot,
            boolean verified) {}

    public record Boot(String verdict, String evidence, long seconds, String consoleText, String screendump) {}

    static VmView read(JsonNode node) {
        var boot = node.path("boot");
        return new VmView(Json.text(node, "id"), Text.printable(Json.reference(node.path("vm"))),
                Text.printable(Json.text(node, "targetName")),
                Json.text(node, "phase"), Json.text(node, "stage"), Text.printable(Json.text(node, "waitingFor")),
                Problem.readIfPresent(node.path("fault")), Json.each(node, "pipeline").map(VmView::step).toList(),
                Json.each(node, "disks").map(VmView::proof).toList(),
                boot.isObject()
                        ? new Boot(Json.text(boot, "verdict"), Text.printable(Json.text(boot, "evidence")), Json.number(boot, "seconds"),
                                Json.text(boot, "consoleText"), Json.text(boot, "screendump"))
                        : null,
                Text.printable(Json.text(node.path("targetVm"), "definition")),
                Stream.concat(Json.each(node, "warnings").map(each -> "warning: " + each.asString("")),
                        Json.each(node, "leftovers").map(each -> "left over: " + each.asString(""))).map(Text::printable).toList());
    }

    private static Step step(JsonNode node) {
        var started = MigrationView.instant(node, "started");
        return new Step(Json.text(node, "name"), Json.text(node, "phase"), started, MigrationView.instant(node, "completed"),
                bytes("", node.path("progress")),
                Json.each(node, "tasks").map(each -> bytes(Text.printable(Json.text(each, "name")), each)).toList(),
                Json.each(node, "phases")
                        .map(each -> new Named(Text.printable(Json.text(each, "name")), Instant.parse(Json.text(each, "started"))))
                        .toList(),
                Json.each(node, "stages").map(each -> new Stage(Json.text(each, "name"), Json.text(each, "phase"),
                        MigrationView.instant(each, "started"), MigrationView.instant(each, "completed"), Json.number(each, "attempt")))
                        .toList());
    }

    private static Bytes bytes(String name, JsonNode node) {
        return new Bytes(name, Json.number(node, "completedBytes"), Json.number(node, "totalBytes"), Json.number(node, "transferredBytes"),
                Json.number(node, "verifiedBytes"), Json.number(node, "bytesPerSecond"), node.path("secondsLeft").asLong(-1));
    }

    private static DiskProof proof(JsonNode node) {
        return new DiskProof(Text.printable(Json.text(node, "key")), Json.number(node, "sizeBytes"), Json.number(node, "dataBytes"),
                Json.number(node, "zeroBytes"), Json.text(node, "method"), Json.text(node, "sourceRoot"), Json.text(node, "targetRoot"),
                node.path("verified").asBoolean(false));
    }

    /// How it ended, or why it stands: proofs, boot, fault.
    public void printOutcome(PrintWriter out) {
        for (var each : disks) {
            out.println("%s %s: %s of data copied, %s of zeroes not; %s".formatted(name, each.key(), Text.bytes(each.dataBytes()),
                    Text.bytes(each.zeroBytes()),
                    each.verified()
                            ? "read back and equal (" + each.method() + ", root " + each.sourceRoot() + ")"
                            : "not verified"));
        }
        if (boot != null) {
            out.println(name + " boot: " + boot.verdict() + " after " + Text.duration(Duration.ofSeconds(boot.seconds())) + ": "
                    + boot.evidence());
        }
        if (!definition.isBlank()) {
            out.println(name + " is defined in " + definition);
        }
        notes.forEach(each -> out.println(name + " " + each));
        if (fault != null) {
            fault.print(out, name + ": ");
        }
        out.flush();
    }
}
