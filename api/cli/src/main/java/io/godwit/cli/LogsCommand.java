package io.godwit.cli;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import io.godwit.cli.text.Table;
import io.godwit.cli.text.Text;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "logs", mixinStandardHelpOptions = true, description = {"Shows what the tools said while a VM was migrated.",
        "Without FILE: which files there are. With --journal: every step that the engine took."})
final class LogsCommand implements Callable<Integer> {
    @Mixin
    Session session = new Session();

    @Parameters(index = "0", paramLabel = "ID|PLAN", description = "A migration, a VM migration, or a plan for its latest start.")
    String migration = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "One of its files.")
    String file = "";

    @Option(names = "--vm", paramLabel = "VM", description = "Which VM, where the migration has several.")
    String vm = "";

    @Option(names = "--journal", description = "The engine's journal instead.")
    boolean journal;

    @Override
    public Integer call() {
        var path = "/vm-migrations/" + Rest.segment(vmMigration());
        if (journal) {
            showJournal(session.rest().list(path + "/journal"));
        } else if (file.isEmpty()) {
            var answer = session.rest().list(path + "/logs");
            var table = new Table("No log yet.", "FILE", "SIZE");
            Collection.items(answer).forEach(each -> table.row(Json.text(each, "name"), Text.bytes(Json.number(each, "sizeBytes"))));
            session.print(answer, () -> table);
        } else {
            var text = session.rest().text(path + "/logs" + Rest.query(Map.of("file", file)));
            session.out().print(text);
            if (!text.endsWith("\n")) {
                session.out().println();
            }
        }
        return ExitStatus.OK;
    }

    private void showJournal(JsonNode answer) {
        var table = new Table("The journal is empty.", "SEQ", "EPOCH", "AT", "STEP", "KIND", "TYPE", "DATA");
        var zone = session.surroundings().clock().getZone();
        Collection.items(answer)
                .forEach(each -> table.row(String.valueOf(Json.number(each, "seq")), String.valueOf(Json.number(each, "epoch")),
                        Text.time(Json.text(each, "at"), zone), Text.orDash(Json.text(each, "step")), Json.text(each, "kind"),
                        Text.orDash(Json.text(each, "type")), each.path("data").isMissingNode() ? "-" : each.path("data").toString()));
        session.print(answer, () -> table);
    }

    private String vmMigration() {
        var rest = session.rest();
        var all = Collection.items(Collection.MIGRATIONS.list(rest));
        for (var each : all) {
            if (Json.each(each, "vms").anyMatch(of -> migration.equals(Json.text(of, "id")))) {
                return migration;
            }
        }
        var id = MigrationCommand.requireId(rest, migration);
        List<JsonNode> vms = Json.each(rest.get(Collection.MIGRATIONS.pathOf(id)), "vms").filter(of -> vm.isEmpty()
                || vm.equals(Json.text(of.path("vm"), "name")) || vm.equals(Json.text(of.path("vm"), "id"))
                || vm.equals(Json.text(of, "id"))).toList();
        if (vms.size() == 1) {
            return Json.text(vms.getFirst(), "id");
        }
        throw new CommandFailure(ExitStatus.USAGE,
                Problem.of("", "The migration has " + (vms.isEmpty() ? "no VM '" + vm + "'." : "several VMs."), "",
                        "Name one with --vm; `godwit migration get " + id + "` shows them."));
    }
}
