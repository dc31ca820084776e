package io.godwit.cli;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import io.godwit.cli.text.Table;
import io.godwit.cli.text.Text;
import io.godwit.cli.watch.MigrationView;
import io.godwit.cli.watch.Progress;
import io.godwit.cli.watch.ProgressLines;
import io.godwit.cli.watch.ProgressScreen;
import io.godwit.cli.watch.Watch;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "migration", mixinStandardHelpOptions = true, description = "Starts of plans: list, get, watch, cancel, retry.", subcommands = {
        MigrationCommand.ListAll.class, MigrationCommand.Get.class, MigrationCommand.Watching.class,
        MigrationCommand.Cancel.class, MigrationCommand.Retry.class})
final class MigrationCommand extends Godwit.Group {
    /// A migration by its id, or the latest one of a plan by the plan's name.
    static String requireId(Rest rest, String idOrPlan) {
        var all = Collection.items(Collection.MIGRATIONS.list(rest));
        return all.stream().filter(each -> idOrPlan.equals(Json.text(each, "id"))).findFirst()
                .or(() -> all.stream()
                        .filter(each -> idOrPlan.equals(Json.text(each.path("plan"), "name"))
                                || idOrPlan.equals(Json.text(each.path("plan"), "id")))
                        .max(Comparator.comparing(each -> Json.text(each, "started"))))
                .map(each -> Json.text(each, "id"))
                .orElseThrow(() -> new CommandFailure(ExitStatus.REFUSED, Problem.of("NOT_FOUND", "There is no migration '" + idOrPlan
                        + "', and no plan of that name was started.", "", "`godwit migration list` shows them all.")));
    }

    static int watch(Session session, String id) throws InterruptedException {
        return watch(session, id, farewell(id), null);
    }

    private static String farewell(String id) {
        return "The migration goes on. Watch it again:  godwit migration watch " + id;
    }

    /// Watches until it ends; who leaves before is told that. For `earlierEnd` see [Watch#follow].
    static int watch(Session session, String id, String farewell, @Nullable Instant earlierEnd) throws InterruptedException {
        var around = session.surroundings();
        Progress progress = around.terminal() && !session.structured()
                ? new ProgressScreen(around.out(), around.columns(), around.rows(), around.unicode(), around.clock())
                : new ProgressLines(around.out(), around.clock());
        return new Watch(() -> MigrationView.read(session.rest().get(Collection.MIGRATIONS.pathOf(id))), progress, around.out(),
                around.clock(),
                around.pause()).follow(farewell, earlierEnd);
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists all migrations, the latest first.")
    static final class ListAll implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Override
        public Integer call() {
            var answer = Collection.MIGRATIONS.list(session.rest());
            var table = new Table("No plan was started yet.", "ID", "PLAN", "PHASE", "STARTED", "TOOK", "VMS");
            var clock = session.surroundings().clock();
            Collection.items(answer).stream().sorted(Comparator.comparing((JsonNode each) -> Json.text(each, "started")).reversed())
                    .forEach(each -> table.row(Json.text(each, "id"), Json.reference(each.path("plan")), Json.text(each, "phase"),
                            Text.time(Json.text(each, "started"), clock.getZone()),
                            took(Json.text(each, "started"), Json.text(each, "completed"), clock.instant()),
                            String.valueOf(each.path("vms").size())));
            session.print(answer, () -> table);
            return ExitStatus.OK;
        }

        private static String took(String started, String completed, Instant now) {
            return started.isBlank()
                    ? "-"
                    : Text.duration(Duration.between(Instant.parse(started), completed.isBlank() ? now : Instant.parse(completed)));
        }
    }

    abstract static class One implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "ID|PLAN", description = "The migration's id, or a plan's name for its latest start.")
        String migration = "";

        String id() {
            return requireId(session.rest(), migration);
        }
    }

    @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows one migration with its VMs, stages and proofs.")
    static final class Get extends One {
        @Override
        public Integer call() {
            var node = session.rest().get(Collection.MIGRATIONS.pathOf(id()));
            if (session.structured()) {
                session.printStructured(node);
            } else {
                var view = MigrationView.read(node);
                var around = session.surroundings();
                new ProgressScreen(around.out(), Math.max(100, around.columns()), Integer.MAX_VALUE, around.unicode(), around.clock())
                        .lines(view)
                        .forEach(each -> around.out().println(each.text()));
                view.vms().forEach(vm -> vm.printOutcome(around.out()));
            }
            return ExitStatus.OK;
        }
    }

    @Command(name = "watch", mixinStandardHelpOptions = true, description = {
            "Watches one migration until it ends: a bar per disk and stage.",
            "Ctrl-C leaves it running. Ends with 0 when all VMs succeeded, 1 when one failed, 6 when it was cancelled."})
    static final class Watching extends One {
        @Override
        public Integer call() throws InterruptedException {
            return watch(session, id());
        }
    }

    abstract static class Order extends One {
        @Option(names = "--vm", paramLabel = "VM", description = "Only this VM (name or id); repeat for more.")
        List<String> vms = List.of();

        abstract String verb();

        abstract String done();

        @Override
        public Integer call() throws InterruptedException {
            var rest = session.rest();
            var id = id();
            var path = Collection.MIGRATIONS.pathOf(id);
            var answer = rest.post(path + "/" + verb(), vms.isEmpty() ? null : body(rest.get(path)));
            if (session.structured()) {
                session.printStructured(answer);
            } else {
                session.out().println(done() + "  Watch it:  godwit migration watch " + id);
            }
            return ExitStatus.OK;
        }

        private JsonNode body(JsonNode migration) {
            var body = Json.object();
            var ids = body.putArray("vms");
            for (var wanted : vms) {
                ids.add(Json.each(migration, "vms").filter(vm -> wanted.equals(Json.text(vm, "id"))
                        || wanted.equals(Json.text(vm.path("vm"), "name")) || wanted.equals(Json.text(vm.path("vm"), "id")))
                        .map(vm -> Json.text(vm, "id")).findFirst()
                        .orElseThrow(() -> new CommandFailure(ExitStatus.REFUSED,
                                Problem.of("NOT_FOUND", "The migration has no VM '" + wanted + "'.",
                                        "", "`godwit migration get` shows its VMs."))));
            }
            return body;
        }
    }

    @Command(name = "cancel", mixinStandardHelpOptions = true, description = "Stops a migration, and removes what it made so far; the source stays as it is.")
    static final class Cancel extends Order {
        @Override
        String verb() {
            return "cancel";
        }

        @Override
        String done() {
            return "It is being cancelled.";
        }
    }

    @Command(name = "retry", mixinStandardHelpOptions = true, description = "Goes on with a failed migration where it stopped.")
    static final class Retry extends Order {
        @Option(names = {"-w", "--watch"}, description = "Stay and watch it; Ctrl-C leaves it running.")
        boolean watch;

        @Override
        String verb() {
            return "retry";
        }

        @Override
        String done() {
            return "It goes on.";
        }

        @Override
        public Integer call() throws InterruptedException {
            var id = id();
            var before = watch ? MigrationView.read(session.rest().get(Collection.MIGRATIONS.pathOf(id))).completed() : null;
            int status = super.call();
            return watch && status == ExitStatus.OK ? watch(session, id, farewell(id), before) : status;
        }
    }
}
