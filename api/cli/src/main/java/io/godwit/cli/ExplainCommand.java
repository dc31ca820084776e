package io.godwit.cli;

import io.godwit.cli.explain.Catalogue;
import io.godwit.cli.explain.Entry;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.text.Table;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "explain", mixinStandardHelpOptions = true, description = {
        "Explains the code of a fault, or of what the doctor found; asks no server.", "Without CODE: lists all codes."})
final class ExplainCommand implements Callable<Integer> {
    @Mixin
    Session session = new Session();

    @Parameters(arity = "0..*", paramLabel = "CODE", description = "A code, such as OVA_TRUNCATED; also in small letters.")
    List<String> words = List.of();

    @Override
    public Integer call() {
        var catalogue = Catalogue.read();
        if (words.isEmpty()) {
            list(catalogue);
        } else {
            explain(catalogue, String.join(" ", words));
        }
        return ExitStatus.OK;
    }

    private void explain(Catalogue catalogue, String code) {
        var entry = catalogue.find(code).orElseThrow(() -> unknown(catalogue, code));
        if (session.structured()) {
            session.printStructured(entry.toJson());
            return;
        }
        session.out().println(entry.code() + ": " + entry.meaning());
        entry.about().forEach((name, text) -> session.out().println("  %-11s%s".formatted(name + ":", text)));
    }

    private void list(Catalogue catalogue) {
        var answer = Json.object();
        var items = answer.putArray("items");
        catalogue.all().stream().map(Entry::toJson).forEach(items::add);
        session.print(answer, () -> {
            var table = new Table("No fault is known.", "CODE", "WHAT");
            catalogue.all().forEach(each -> table.row(each.code(), each.meaning()));
            return table;
        });
    }

    private static CommandFailure unknown(Catalogue catalogue, String code) {
        var like = catalogue.like(code);
        return new CommandFailure(ExitStatus.USAGE, Problem.of("", "There is no code '" + code + "'.", "",
                like.isEmpty() ? "`godwit explain` lists all codes." : "Did you mean " + String.join(", ", like) + "?"));
    }
}
