package io.godwit.cli.watch;

import io.godwit.cli.text.Text;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Draws a migration over its last picture, on a terminal.
public final class ProgressScreen implements Progress {
    private static final String ESCAPE = "\u001b[";
    private static final int PHASES_SHOWN = 5;
    private static final int BAR_COLUMNS = 24;

    /// A line and how it is meant.
    public record Line(String text, Tone tone) {}

    public enum Tone {
        PLAIN(""), GOOD("32"), BAD("31"), ACTIVE("1"), FAINT("2");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    private final PrintWriter out;
    private final int columns;
    private final int rows;
    private final boolean unicode;
    private final Clock clock;
    private int drawn;
    private String remark = "";
    private @Nullable MigrationView last;

    /// A screen of that size.
    ///
    /// @param unicode whether it can show more than ASCII
    public ProgressScreen(PrintWriter out, int columns, int rows, boolean unicode, Clock clock) {
        this.out = out;
        this.columns = columns;
        this.rows = rows;
        this.unicode = unicode;
        this.clock = clock;
    }

    @Override
    public void show(MigrationView migration) {
        last = migration;
        draw();
    }

    @Override
    public void remark(String text) {
        if (!remark.equals(text)) {
            remark = text;
            draw();
        }
    }

    @Override
    public void end() {
        drawn = 0;
    }

    private void draw() {
        var lines = last == null ? new ArrayList<Line>() : new ArrayList<>(lines(last));
        if (!remark.isEmpty()) {
            lines.add(new Line(remark, Tone.BAD));
        }
        int most = Math.max(3, rows - 1); // or the screen scrolls, and the next picture lands below this one
        if (lines.size() > most) {
            int hidden = lines.size() - most + 1;
            lines.subList(most - 1, lines.size()).clear();
            lines.add(new Line("... " + hidden + " more lines", Tone.FAINT));
        }
        var picture = new StringBuilder();
        if (drawn > 0) {
            picture.append(ESCAPE).append(drawn).append('A');
        }
        for (var each : lines) {
            picture.append('\r').append(ESCAPE).append('K');
            var text = Text.cut(each.text(), columns - 1);
            picture.append(each.tone() == Tone.PLAIN ? text : ESCAPE + each.tone().code + "m" + text + ESCAPE + "0m").append('\n');
        }
        picture.append(ESCAPE).append('J');
        drawn = lines.size();
        out.print(picture);
        out.flush();
    }

    /// The picture of one moment.
    public List<Line> lines(MigrationView migration) {
        var lines = new ArrayList<Line>();
        var now = clock.instant();
        lines.add(new Line("Migration " + migration.id() + " of plan " + migration.plan() + ": " + migration.phase()
                + (migration.started() == null ? "" : ", " + took(migration.started(), migration.completed(), now)),
                toneOf(migration.phase())));
        boolean alone = migration.vms().size() == 1;
        for (var vm : migration.vms()) {
            var head = vm.name() + (vm.targetName().isBlank() || vm.targetName().equals(vm.name()) ? "" : " -> " + vm.targetName());
            var where = vm.waitingFor().isBlank() ? vm.stage() : vm.stage() + ": " + vm.waitingFor();
            boolean over = vm.phase().equals("Succeeded") || vm.phase().equals("Canceled");
            lines.add(new Line(head + ": " + vm.phase() + (over || where.isBlank() ? "" : ": " + where), toneOf(vm.phase())));
            if (alone || !(over || vm.phase().equals("Queued"))) {
                vm.pipeline().forEach(step -> addStep(lines, step, now));
            }
        }
        return lines;
    }

    private void addStep(List<Line> lines, VmView.Step step, Instant now) {
        var mark = switch (step.phase()) {
            case "Completed" -> unicode ? "✓" : "+";
            case "Running" -> unicode ? "▸" : ">";
            case "Failed" -> unicode ? "✗" : "x";
            default -> " ";
        };
        var time = step.started() == null ? "" : took(step.started(), step.completed(), now);
        var text = "  %s %-14s %7s".formatted(mark, step.name(), time);
        if (step.running() && step.total().total() > 0 && step.tasks().size() != 1) {
            text += "  " + bytes(step.total());
        }
        lines.add(new Line(text.stripTrailing(), switch (step.phase()) {
            case "Completed" -> Tone.GOOD;
            case "Failed" -> Tone.BAD;
            case "Running" -> Tone.ACTIVE;
            default -> Tone.FAINT;
        }));
        if (!step.phase().equals("Running") && !step.phase().equals("Failed")) {
            return;
        }
        addPhases(lines, step, now);
        int widest = step.tasks().stream().mapToInt(each -> Text.width(each.name())).max().orElse(0);
        for (var task : step.tasks()) {
            lines.add(new Line("      " + task.name() + " ".repeat(widest - Text.width(task.name())) + "  " + bytes(task), Tone.PLAIN));
        }
    }

    private static void addPhases(List<Line> lines, VmView.Step step, Instant now) {
        var phases = step.phases();
        for (int i = Math.max(0, phases.size() - PHASES_SHOWN); i < phases.size(); i++) {
            var phase = phases.get(i);
            var end = i + 1 < phases.size() ? phases.get(i + 1).started() : step.completed();
            lines.add(new Line("      %7s  %s".formatted(took(phase.started(), end, now), phase.name()),
                    i + 1 < phases.size() ? Tone.FAINT : Tone.PLAIN));
        }
    }

    private String bytes(VmView.Bytes bytes) {
        int room = columns < 100 ? BAR_COLUMNS / 2 : BAR_COLUMNS;
        var line = new StringBuilder(new Bar(unicode, room).draw(bytes.share()))
                .append(" %3d%%  %s of %s".formatted((int) Math.floor(bytes.share() * 100), Text.bytes(bytes.done()),
                        Text.bytes(bytes.total())));
        if (bytes.perSecond() > 0) {
            line.append("  ").append(Text.bytes(bytes.perSecond())).append("/s");
        }
        if (bytes.left() >= 0 && bytes.done() < bytes.total()) {
            line.append("  ").append(Text.duration(Duration.ofSeconds(bytes.left()))).append(" left");
        }
        if (bytes.verified() > 0 && bytes.total() > 0) {
            line.append("  verified ").append(Math.min(100, bytes.verified() * 100 / bytes.total())).append('%');
        }
        return line.toString();
    }

    private static String took(Instant started, @Nullable Instant completed, Instant now) {
        return Text.duration(Duration.between(started, completed == null ? now : completed));
    }

    private static Tone toneOf(String phase) {
        return switch (phase) {
            case "Succeeded" -> Tone.GOOD;
            case "Failed", "Canceled", "Canceling" -> Tone.BAD;
            case "Running", "Waiting" -> Tone.ACTIVE;
            default -> Tone.PLAIN;
        };
    }
}
