package io.godwit.cli;

import io.godwit.cli.migrate.GuestWish;
import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import io.godwit.cli.text.Table;
import io.godwit.cli.text.Text;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "plan", mixinStandardHelpOptions = true, description = "What to migrate: create, list, get, delete, validate, start, unschedule.", subcommands = {
        PlanCommand.Create.class, PlanCommand.ListAll.class, PlanCommand.Get.class, PlanCommand.Delete.class,
        PlanCommand.Validate.class, PlanCommand.Start.class, PlanCommand.Unschedule.class})
final class PlanCommand extends Godwit.Group {
    private static Table table(Session session, Iterable<JsonNode> plans) {
        var names = Collection.PROVIDERS.names(session.rest());
        var table = new Table("There is no plan yet: godwit plan create.", "NAME", "SOURCE", "DESTINATION", "TYPE", "VMS");
        for (var each : plans) {
            var provider = each.path("provider");
            table.row(Json.text(each, "name"), names.apply(Json.reference(provider.path("source"))),
                    names.apply(Json.reference(provider.path("destination"))),
                    Json.text(each, "type"), Json.each(each, "vms").map(Json::reference).collect(Collectors.joining(", ")));
        }
        return table;
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Writes a plan; it changes nothing until it is started.")
    static final class Create implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME", description = "What to call it.")
        String name = "";

        @Option(names = "--description", paramLabel = "TEXT", description = "For people.")
        String description = "";

        @Option(names = "--source", required = true, paramLabel = "PROVIDER", description = "Where the VMs come from.")
        String source = "";

        @Option(names = "--destination", required = true, paramLabel = "PROVIDER", description = "Where they go to.")
        String destination = "";

        @Option(names = "--vm", required = true, paramLabel = "VM[=NEWNAME]", description = "A VM by name (or id:ID), and its name at the destination; repeat for more.")
        List<String> vms = List.of();

        @Mixin
        GuestOptions guests = new GuestOptions();

        @Option(names = "--network-mapping", required = true, paramLabel = "MAPPING", description = "Its name or id.")
        String networkMapping = "";

        @Option(names = "--storage-mapping", required = true, paramLabel = "MAPPING", description = "Its name or id.")
        String storageMapping = "";

        @Option(names = "--namespace", paramLabel = "NAME", description = "Namespace at the destination (default: ${DEFAULT-VALUE}).")
        String namespace = "default";

        @Option(names = "--cold", description = "Copy while the VM is off. The only type yet, and the default.")
        boolean cold;

        @Option(names = "--no-convert", description = "Do not convert the guest: one that ran on virtio stays on it, another gets SATA and e1000e.")
        boolean noConvert;

        @Option(names = "--no-boot-check", description = "Do not start the finished VM to see it boot.")
        boolean noBootCheck;

        @Override
        public Integer call() {
            var body = Json.object().put("name", name).put("description", description).put("targetNamespace", namespace).put("type", "cold")
                    .put("skipGuestConversion", noConvert).put("checkBoot", !noBootCheck);
            body.set("provider", Json.providers(source, destination));
            body.putObject("map").put("network", networkMapping).put("storage", storageMapping);
            var list = body.putArray("vms");
            var entries = new HashMap<String, ObjectNode>();
            for (var each : vms) {
                int equals = each.lastIndexOf('=');
                var vm = equals < 0 ? each : each.substring(0, equals);
                var entry = list.addObject();
                if (vm.startsWith("id:")) {
                    entry.put("id", vm.substring(3));
                } else {
                    entry.put("name", vm);
                }
                if (equals >= 0) {
                    entry.put("targetName", each.substring(equals + 1));
                }
                entries.put(vm, entry);
            }
            guests.read().forEach(wish -> wish.addTo(entry(entries, wish)));
            var made = session.rest().post(Collection.PLANS.path(), body);
            session.print(made, () -> table(session, List.of(made)));
            return ExitStatus.OK;
        }

        private static ObjectNode entry(Map<String, ObjectNode> entries, GuestWish wish) {
            var entry = entries.get(wish.vm());
            if (entry == null) {
                throw new CommandFailure(ExitStatus.USAGE, Problem.of("", wish.said() + " names no VM of the plan.",
                        "It begins with one of: " + String.join(", ", entries.keySet()) + ".",
                        "Write the VM as --vm has it, then = and the value."));
            }
            return entry;
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists all plans.")
    static final class ListAll implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Override
        public Integer call() {
            var answer = Collection.PLANS.list(session.rest());
            session.print(answer, () -> table(session, Collection.items(answer)));
            return ExitStatus.OK;
        }
    }

    abstract static class One implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME|ID", description = "The plan.")
        String plan = "";

        String path() {
            return Collection.PLANS.pathOf(Collection.PLANS.requireId(session.rest(), plan));
        }
    }

    @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows one plan.")
    static final class Get extends One {
        @Override
        public Integer call() {
            var found = Collection.PLANS.require(session.rest(), plan);
            session.print(found, () -> table(session, List.of(found)));
            if (!session.structured() && found.has("scheduledStart")) {
                session.out().println(StartTime.sentence(found.path("scheduledStart"), session.surroundings().clock().getZone()));
            }
            return ExitStatus.OK;
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes a plan that is not running; migrated VMs stay.")
    static final class Delete extends One {
        @Override
        public Integer call() {
            session.rest().delete(path());
            return ExitStatus.OK;
        }
    }

    @Command(name = "validate", mixinStandardHelpOptions = true, description = "Says whether the plan can start, and what stands against it. Ends with 1 when it cannot.")
    static final class Validate extends One {
        @Override
        public Integer call() {
            var answer = session.rest().post(path() + "/validate", null);
            boolean ready = answer.path("ready").asBoolean(false);
            if (session.structured()) {
                session.printStructured(answer);
            } else {
                var table = new Table("No condition.", "CATEGORY", "CONDITION", "MESSAGE", "REMEDY");
                Json.each(answer, "conditions").forEach(each -> table.row(Json.text(each, "category"), Json.text(each, "type"),
                        Json.text(each, "message"), Text.orDash(Json.text(each, "suggestion"))));
                Json.each(answer, "vms")
                        .forEach(vm -> Json.each(vm, "concerns").forEach(concern -> table.row(Json.text(concern, "category"),
                                Json.reference(vm), Json.text(concern, "label") + ": " + Json.text(concern, "assessment"), "-")));
                table.print(session.out());
                session.out().println(ready ? "The plan is ready." : "The plan is not ready.");
            }
            return ready ? ExitStatus.OK : ExitStatus.FAILED;
        }
    }

    @Command(name = "start", mixinStandardHelpOptions = true, description = {
            "Starts the plan: one migration. Refused while one of it has not ended.",
            "With --at it is started then, by the server, which may be started again meanwhile."})
    static final class Start extends One {
        @Option(names = {"-w", "--watch"}, description = "Stay and watch it; Ctrl-C leaves it running.")
        boolean watch;

        @Option(names = "--at", paramLabel = "TIME", description = {
                "When: 2026-11-24T02:00+01:00, or without an offset in this machine's time zone. Takes the place of an earlier one."})
        String at = "";

        @Option(names = "--within", paramLabel = "DURATION", defaultValue = "PT1H", description = {
                "With --at: how long after the time it may still start when no server ran at it, up to P7D. Default: ${DEFAULT-VALUE}."})
        Duration within = Duration.ofHours(1);

        @Override
        public Integer call() throws InterruptedException {
            if (!at.isEmpty()) {
                return schedule();
            }
            var started = session.rest().post(path() + "/start", null);
            var id = Json.text(started, "id");
            if (session.structured()) {
                session.printStructured(started);
            } else {
                session.out().println("Migration " + id + " of plan " + plan + " has started.");
                if (!watch) {
                    session.out().println("Watch it:  godwit migration watch " + id);
                }
            }
            return watch ? MigrationCommand.watch(session, id) : ExitStatus.OK;
        }

        private int schedule() {
            var zone = session.surroundings().clock().getZone();
            var body = Rest.JSON.createObjectNode().put("at", StartTime.read(at, zone).toString()).put("startWithin", within.toString());
            var ordered = session.rest().post(path() + "/start", body);
            if (session.structured()) {
                session.printStructured(ordered);
            } else {
                session.out().println(StartTime.sentence(ordered, zone));
            }
            return ExitStatus.OK;
        }
    }

    @Command(name = "unschedule", mixinStandardHelpOptions = true, description = "Takes back the start that was ordered with `start --at`.")
    static final class Unschedule extends One {
        @Override
        public Integer call() {
            session.rest().delete(path() + "/scheduled-start");
            return ExitStatus.OK;
        }
    }
}
