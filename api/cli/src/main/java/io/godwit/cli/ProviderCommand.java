package io.godwit.cli;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.text.Table;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "provider", mixinStandardHelpOptions = true, description = "Sources and destinations: create, list, get, delete.", subcommands = {
        ProviderCommand.Create.class, ProviderCommand.ListAll.class, ProviderCommand.Get.class,
        ProviderCommand.Delete.class})
final class ProviderCommand extends Godwit.Group {
    private static Table table(Iterable<JsonNode> providers) {
        var table = new Table("There is no provider yet: godwit provider create.", "NAME", "TYPE", "ROLE", "PHASE", "URL");
        for (var each : providers) {
            table.row(Json.text(each, "name"), Json.text(each, "type"), Json.text(each, "role"), Json.text(each, "phase"),
                    Json.text(each, "url"));
        }
        return table;
    }

    private static int show(Session session, JsonNode provider) {
        session.print(provider, () -> table(java.util.List.of(provider)));
        var fault = Problem.readIfPresent(provider.path("fault"));
        if (fault != null) {
            fault.print(session.surroundings().err(), "");
        }
        return "ConnectionFailed".equals(Json.text(provider, "phase")) ? ExitStatus.FAILED : ExitStatus.OK;
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Registers a provider, and tries it.")
    static final class Create implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME", description = "What to call it.")
        String name = "";

        @Option(names = "--type", required = true, paramLabel = "TYPE", description = "ova (a file or a folder of them), or local (a pool folder of this machine).")
        String type = "";

        @Option(names = "--url", required = true, paramLabel = "PATH|URL", description = "Where it is.")
        String url = "";

        @Option(names = "--setting", paramLabel = "KEY=VALUE", description = "A setting of this type; repeat for more.")
        Map<String, String> settings = Map.of();

        @Option(names = "--secret-file", paramLabel = "KEY=FILE", description = "A secret, such as a password, out of a file; - reads it from standard input.")
        Map<String, Path> secretFiles = Map.of();

        @Override
        public Integer call() {
            var body = Json.object().put("name", name).put("type", type).put("url", url.contains("://") ? url : absolute(url));
            var sent = body.putObject("settings");
            settings.forEach(sent::put);
            var secrets = body.putObject("secrets");
            secretFiles.forEach((key, file) -> secrets.put(key, SecretFile.read(file)));
            return show(session, session.rest().post(Collection.PROVIDERS.path(), body));
        }

        /// The server need not stand in the folder where the command was typed.
        private static String absolute(String path) {
            return Path.of(path).toAbsolutePath().normalize().toString();
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists all providers.")
    static final class ListAll implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Override
        public Integer call() {
            var answer = Collection.PROVIDERS.list(session.rest());
            session.print(answer, () -> table(Collection.items(answer)));
            return ExitStatus.OK;
        }
    }

    @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows one provider, and why it cannot be reached.")
    static final class Get implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME|ID", description = "The provider.")
        String provider = "";

        @Override
        public Integer call() {
            return show(session, Collection.PROVIDERS.require(session.rest(), provider));
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Forgets a provider that no plan uses; touches nothing of what it holds.")
    static final class Delete implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME|ID", description = "The provider.")
        String provider = "";

        @Override
        public Integer call() {
            session.rest().delete(Collection.PROVIDERS.pathOf(Collection.PROVIDERS.requireId(session.rest(), provider)));
            return ExitStatus.OK;
        }
    }
}
