package io.godwit.cli;

import io.godwit.cli.doctor.Ailment;
import io.godwit.cli.doctor.Database;
import io.godwit.cli.doctor.Doctor;
import io.godwit.cli.doctor.Finding;
import io.godwit.cli.doctor.Finding.Verdict;
import io.godwit.cli.doctor.Machine;
import io.godwit.cli.doctor.Programs;
import io.godwit.cli.migrate.Folders;
import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Rest;
import io.godwit.cli.text.Text;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

@Command(name = "doctor", mixinStandardHelpOptions = true, description = {
        "Checks this machine: tools, KVM, kernel, space, memory, server. Ends with 1 when something is missing.",
        "It looks at the programs that Godwit runs (there, running, for this processor, not too old, nbdkit with its plugins), libguestfs (a kernel that "
                + "this user may read, its appliance and its settings), KVM (by running guest code), memory, limits, clock and locale, the data and "
                + "temporary folders, the pools, and what a server needs: lock, token, port, runtime folder; the folder of the server that `migrate` starts, where "
                + "there is one. Each finding says what, where, why and the "
                + "remedy, and has a code for `godwit explain`. It takes a few seconds and changes nothing."})
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    Session session = new Session();

    @Option(names = "--pool", paramLabel = "DIR", description = "A pool to look at beside those that the server has; may be repeated.")
    List<Path> pools = List.of();

    @Option(names = "--port", paramLabel = "N", defaultValue = "8899", description = "Where a server is to listen (default: ${DEFAULT-VALUE}).")
    int port;

    @Option(names = "--database", paramLabel = "URL", description = "The PostgreSQL that a server is to use, as `serve` takes it: is it there, new enough, and lets the server in.")
    @Nullable
    String database;

    @Option(names = "--database-user", paramLabel = "ROLE", defaultValue = "godwit", description = "Its role (default: ${DEFAULT-VALUE}).")
    String databaseUser = "godwit";

    @Option(names = "--database-password-file", paramLabel = "FILE", description = "Holds the role's password.")
    @Nullable
    Path databasePasswordFile;

    @Option(names = "--root", paramLabel = "DIR", defaultValue = "/", hidden = true, description = "Where the machine's files lie.")
    Path root = Path.of("/");

    @Override
    public Integer call() throws InterruptedException {
        var around = session.surroundings();
        var server = server();
        var all = new LinkedHashSet<>(pools);
        boolean answers = server.verdict() == Verdict.OK;
        if (answers) {
            all.addAll(poolsOfTheServer());
        }
        var machine = new Machine(root, around.environment(), System.getProperty("user.name", ""), new Programs(around.environment()));
        var own = ownFolder();
        var doctor = new Doctor(machine, session.dataFolder(), own, List.copyOf(all), port, kvmProbe(), database(), around.clock());
        var findings = new ArrayList<>(doctor.examine(answers, own != null && answers(own)));
        findings.add(server);
        show(findings);
        return findings.stream().anyMatch(each -> each.verdict() == Verdict.FAIL) ? ExitStatus.FAILED : ExitStatus.OK;
    }

    /// `null` where `godwit migrate` never ran for this user, or where it is looked at anyway.
    private @Nullable Path ownFolder() {
        var own = Folders.of(null, session.surroundings().environment()).data();
        return Files.exists(own) && !own.equals(session.dataFolder().toAbsolutePath().normalize()) ? own : null;
    }

    private static boolean answers(Path folder) {
        try {
            var url = Json.text(Rest.JSON.readTree(Files.readString(folder.resolve("server.json"))), "url");
            var health = new Rest(URI.create(url), Files.readString(folder.resolve("token")).strip()).get("/health");
            return Files.readString(folder.resolve("node-id")).strip().equals(Json.text(health, "node"));
        } catch (IOException | CommandFailure | IllegalArgumentException | JacksonException e) {
            return false;
        }
    }

    private List<String> kvmProbe() {
        return probe(session.surroundings().workerClassPath(), "io.godwit.convert.KvmProbeMain");
    }

    private @Nullable Database database() {
        return database == null
                ? null
                : new Database(database, databaseUser, databasePasswordFile,
                        probe(System.getProperty("godwit.server.classpath", session.surroundings().workerClassPath()),
                                "io.godwit.store.DatabaseProbe"));
    }

    private static List<String> probe(String classPath, String main) {
        return List.of(Path.of(System.getProperty("java.home", "/usr"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
                classPath,
                main);
    }

    private Finding server() {
        try {
            var health = session.rest().get("/health");
            session.rest().get("/providers");
            return Finding.ok(Ailment.SERVER_REFUSES.subject(),
                    Json.text(health, "status") + " at " + session.rest().server() + ", version " + Json.text(health, "version"));
        } catch (CommandFailure e) {
            var problem = e.problem();
            if (e.unreachable() || e.exitStatus() == ExitStatus.USAGE) { // a machine without a running server is no broken one
                return Finding.note(Ailment.SERVER_REFUSES.subject(),
                        problem.what() + (problem.why().isBlank() ? "" : " " + problem.why()));
            }
            return new Finding(Verdict.FAIL, Ailment.SERVER_REFUSES.subject(), Ailment.SERVER_REFUSES.name(), problem.what(),
                    session.rest().server().toString(), problem.why(), problem.remedy());
        }
    }

    private List<Path> poolsOfTheServer() {
        return Collection.items(session.rest().get("/providers")).stream().filter(each -> Json.text(each, "type").equals("local"))
                .map(each -> Json.text(each, "url")).map(url -> url.startsWith("file:") ? Path.of(URI.create(url)) : Path.of(url)).toList();
    }

    private void show(List<Finding> findings) {
        if (session.structured()) {
            var answer = Json.object();
            var items = answer.putArray("items");
            findings.forEach(each -> items.addObject().put("verdict", each.verdict().name()).put("subject", each.subject())
                    .put("code", each.code()).put("what", each.what()).put("where", each.where()).put("why", each.why())
                    .put("remedy", each.remedy()));
            session.printStructured(answer);
            return;
        }
        for (var each : findings) {
            session.out().println("%-4s  %-21s  %s".formatted(each.verdict(), each.subject(), Text.printable(each.what())));
            detail("code", each.code());
            if (!each.remedy().isBlank()) {
                detail("where", each.where());
                detail("why", each.why());
                detail("remedy", each.remedy());
            }
        }
    }

    private void detail(String name, String text) {
        if (!text.isBlank()) {
            session.out().println("      %-7s %s".formatted(name + ":", Text.printable(text)));
        }
    }
}
