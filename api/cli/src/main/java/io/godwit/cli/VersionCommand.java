package io.godwit.cli;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

@Command(name = "version", mixinStandardHelpOptions = true, description = "Shows the versions of the command line and of the server.")
final class VersionCommand implements Callable<Integer> {
    /// Of this build, out of the jar's manifest.
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[]{"godwit " + own()};
        }

        static String own() {
            var version = Godwit.class.getPackage().getImplementationVersion();
            return version == null ? "(not packaged)" : version;
        }
    }

    @Mixin
    Session session = new Session();

    @Override
    public Integer call() {
        var answer = Json.object("cli", Provider.own());
        try {
            var health = session.rest().get("/health");
            answer.set("server", health);
        } catch (CommandFailure e) {
            if (!e.unreachable()) {
                throw e;
            }
            answer.putNull("server");
        }
        if (session.structured()) {
            session.printStructured(answer);
        } else {
            session.out().println("command line  " + Provider.own());
            session.out().println("server        " + (answer.path("server").isObject()
                    ? Json.text(answer.path("server"), "version") + " at " + session.rest().server() + ", node "
                            + Json.text(answer.path("server"), "node")
                    : "none answers at " + session.rest().server()));
        }
        return ExitStatus.OK;
    }
}
