package io.godwit.cli.watch;

import io.godwit.cli.text.Text;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// Prints what changed, a line each, for logs and pipes: a disk when it gained a tenth, or after half a minute.
public final class ProgressLines implements Progress {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(30);
    private final PrintWriter out;
    private final Clock clock;
    private final Map<String, String> said = new HashMap<>();
    private final Map<String, Disk> disks = new HashMap<>();
    private String remark = "";

    private record Disk(int tenth, long done, Instant at) {}

    public ProgressLines(PrintWriter out, Clock clock) {
        this.out = out;
        this.clock = clock;
    }

    @Override
    public void show(MigrationView migration) {
        for (var vm : migration.vms()) {
            for (var step : vm.pipeline()) {
                if (!step.phase().equals("Pending")) {
                    show(vm, step);
                }
            }
            var state = vm.phase() + (vm.phase().equals("Running") || vm.waitingFor().isBlank() ? "" : ": " + vm.waitingFor());
            sayOnce(vm.id(), state, vm.name() + ": " + state);
        }
        sayOnce("", migration.phase(), "migration " + migration.id() + ": " + migration.phase());
    }

    private void show(VmView vm, VmView.Step step) {
        var key = vm.id() + " " + step.name();
        var where = vm.name() + " " + step.name();
        if (step.running()) {
            sayOnce(key, "Running", where + ": started");
        }
        for (var each : step.phases()) {
            sayOnce(key + " " + each.name() + each.started(), "said", where + ": " + each.name());
        }
        for (var task : step.tasks()) {
            var taskKey = key + " " + task.name();
            var last = disks.get(taskKey);
            int tenth = (int) Math.floor(task.share() * 10);
            boolean due = last != null && task.done() > last.done() && !clock.instant().isBefore(last.at().plus(AT_LEAST_EVERY));
            if (task.total() > 0 && (last == null || tenth > last.tenth() || due)) {
                disks.put(taskKey, new Disk(tenth, task.done(), clock.instant()));
                say(where + " " + task.name() + ": " + (int) Math.floor(task.share() * 100) + "%, " + Text.bytes(task.done()) + " of "
                        + Text.bytes(task.total()) + (task.perSecond() > 0 ? ", " + Text.bytes(task.perSecond()) + "/s" : "")
                        + (task.left() >= 0 && task.done() < task.total()
                                ? ", " + Text.duration(Duration.ofSeconds(task.left())) + " left"
                                : ""));
            }
        }
        if (step.phase().equals("Completed") || step.phase().equals("Failed")) {
            var took = step.started() == null || step.completed() == null
                    ? ""
                    : " after " + Text.duration(Duration.between(step.started(), step.completed()));
            sayOnce(key, step.phase(), where + ": " + step.phase().toLowerCase(Locale.ROOT) + took);
        }
    }

    @Override
    public void remark(String text) {
        if (!text.equals(remark)) {
            remark = text;
            say(text.isEmpty() ? "the server answers again" : text);
        }
    }

    @Override
    public void end() {
        out.flush();
    }

    private void sayOnce(String key, String state, String line) {
        if (!state.equals(said.put(key, state))) {
            say(line);
        }
    }

    private void say(String line) {
        out.println(TIME.format(clock.instant().atZone(clock.getZone())) + " " + line);
        out.flush();
    }
}
