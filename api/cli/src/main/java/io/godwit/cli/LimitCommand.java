package io.godwit.cli;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Rest;
import io.godwit.cli.text.ByteRate;
import io.godwit.cli.text.Table;
import io.godwit.cli.text.Text;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "limit", mixinStandardHelpOptions = true, description = "What copies may take from their sources: list, set, unset.", subcommands = {
        LimitCommand.ListAll.class, LimitCommand.Set.class, LimitCommand.Unset.class})
final class LimitCommand extends Godwit.Group {
    private static final String PATH = "/limits";

    private static Table table(Session session, List<JsonNode> limits) {
        var table = new Table("There is no limit: godwit limit set.", "NAME", "WHAT", "NOW", "ELSE", "WINDOWS");
        var names = limits.isEmpty() ? UnaryOperator.<String>identity() : Collection.PROVIDERS.names(session.rest());
        for (var each : limits) {
            table.row(Json.text(each, "name"), scope(each.path("scope"), names), LimitWords.bounds(each.path("inForce")),
                    LimitWords.bounds(each),
                    Text.orDash(Json.each(each, "windows").map(LimitWords::window).collect(Collectors.joining("; "))));
        }
        return table;
    }

    private static String scope(JsonNode scope, UnaryOperator<String> providers) {
        return switch (Json.text(scope, "type")) {
            case "total" -> "all copies";
            case "link" -> "copies from and to "
                    + Json.each(scope, "providers").map(each -> providers.apply(each.asString(""))).collect(Collectors.joining(", "));
            case "sourceHost" -> scope.has("host")
                    ? "host " + Json.text(scope, "host") + " of " + providers.apply(Json.text(scope, "provider"))
                    : "source " + providers.apply(Json.text(scope, "provider"));
            case "vm" -> "VM " + Json.text(scope, "vm") + " of plan " + Json.text(scope, "plan");
            case "disk" -> "disk " + Json.text(scope, "disk") + " of VM " + Json.text(scope, "vm") + " of plan " + Json.text(scope, "plan");
            default -> scope.toString();
        };
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists all limits, with what is in force now.")
    static final class ListAll implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Override
        public Integer call() {
            var answer = session.rest().list(PATH);
            session.print(answer, () -> table(session, Collection.items(answer)));
            return ExitStatus.OK;
        }
    }

    @Command(name = "set", mixinStandardHelpOptions = true, description = {
            "Sets the limit of that name, in place of what it was. Copies that run keep to it within a second.",
            "Example: godwit limit set wan --link vcenter-a --link vcenter-b --rate 200MiB/s --window 'Mon-Fri 08:00-18:00 Europe/Berlin: 50MiB/s'"})
    static final class Set implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME", description = "What to call it.")
        String name = "";

        /// Which copies share it.
        static final class Scope {
            @Option(names = "--total", required = true, description = "For all copies together.")
            boolean total;

            @Option(names = "--link", required = true, paramLabel = "PROVIDER", description = "For the copies from or to these providers together; repeat for more.")
            List<String> link = List.of();

            @Option(names = "--source", required = true, paramLabel = "PROVIDER", description = "For the copies from this source together, or from one --host of it.")
            @Nullable
            String source;

            @Option(names = "--plan", required = true, paramLabel = "PLAN", description = "For one --vm of this plan, or one --disk of it.")
            @Nullable
            String plan;
        }

        @ArgGroup(multiplicity = "1")
        Scope scope = new Scope();

        @Option(names = "--host", paramLabel = "HOST", description = "Inside --source, as its inventory names it.")
        @Nullable
        String host;

        @Option(names = "--vm", paramLabel = "VM", description = "Of --plan, by name or id.")
        @Nullable
        String vm;

        @Option(names = "--disk", paramLabel = "KEY", description = "Of --vm, e.g. disk-0.")
        @Nullable
        String disk;

        @Option(names = "--rate", paramLabel = "RATE", converter = ByteRate.class, description = "Bytes per second, such as 50MiB/s.")
        @Nullable
        Long rate;

        @Option(names = "--requests", paramLabel = "N", description = "Reads per second.")
        @Nullable
        BigDecimal requests;

        @Option(names = "--longest-read", paramLabel = "TIME", converter = LimitWords.Millis.class, description = "Hold reads back while the slowest hundredth of them takes longer, such as 20ms.")
        @Nullable
        Long longestRead;

        @Option(names = "--window", paramLabel = "WINDOW", converter = LimitWords.Window.class, description = {
                "Other values at a time of the week: 'DAYS FROM-TO ZONE: VALUES'. DAYS: daily, Mon-Fri, or Sat,Sun. "
                        + "VALUES: 50MiB/s, 200 requests/s, 20ms, several with commas, or unlimited. A window that ends before it begins ends on the next day. Repeat for more."})
        List<ObjectNode> windows = List.of();

        @Override
        public Integer call() {
            var body = Json.object();
            body.set("scope", scope());
            if (rate != null) {
                body.put("bytesPerSecond", rate);
            }
            if (requests != null) {
                body.put("requestsPerSecond", requests);
            }
            if (longestRead != null) {
                body.put("longestReadMillis", longestRead);
            }
            var list = body.putArray("windows");
            windows.forEach(list::add);
            var set = session.rest().put(PATH + "/" + Rest.segment(name), body);
            session.print(set, () -> table(session, List.of(set)));
            return ExitStatus.OK;
        }

        private ObjectNode scope() {
            require(host == null || scope.source != null, "--host is inside a --source");
            require((vm != null) == (scope.plan != null), "--plan and --vm go together");
            require(disk == null || vm != null, "--disk is of a --vm");
            if (scope.total) {
                return Json.object("type", "total");
            }
            if (scope.source != null) {
                var source = Json.object("type", "sourceHost").put("provider", scope.source);
                return host == null ? source : source.put("host", host);
            }
            if (scope.plan != null) {
                var one = Json.object("type", disk == null ? "vm" : "disk").put("plan", scope.plan).put("vm", vm);
                return disk == null ? one : one.put("disk", disk);
            }
            var link = Json.object("type", "link");
            var providers = link.putArray("providers");
            scope.link.forEach(providers::add);
            return link;
        }

        private void require(boolean right, String otherwise) {
            if (!right) {
                throw new ParameterException(Objects.requireNonNull(spec).commandLine(), otherwise);
            }
        }
    }

    @Command(name = "unset", mixinStandardHelpOptions = true, description = "Takes a limit away. Copies that run are free of it within a second.")
    static final class Unset implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME", description = "The limit.")
        String name = "";

        @Override
        public Integer call() {
            session.rest().delete(PATH + "/" + Rest.segment(name));
            return ExitStatus.OK;
        }
    }
}
