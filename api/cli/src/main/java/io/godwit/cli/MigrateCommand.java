package io.godwit.cli;

import io.godwit.cli.migrate.Arrangement;
import io.godwit.cli.migrate.Arrangement.Arranged;
import io.godwit.cli.migrate.Folders;
import io.godwit.cli.migrate.Networks;
import io.godwit.cli.migrate.Order;
import io.godwit.cli.migrate.OwnServer;
import io.godwit.cli.migrate.PoolFolder;
import io.godwit.cli.migrate.SourcePlace;
import io.godwit.cli.migrate.Verdict;
import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import io.godwit.cli.text.Text;
import io.godwit.cli.watch.Farewell;
import io.godwit.cli.watch.MigrationView;
import io.godwit.cli.watch.ProgressLines;
import io.godwit.cli.watch.ProgressScreen;
import io.godwit.cli.watch.Watch;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One command for one person: what `provider create`, `mapping create`, `plan create`, `plan start` and `migration watch` do, on a server
/// of the user's own.
@Command(name = "migrate", mixinStandardHelpOptions = true, description = {
        "Migrates VMs in one go, with a server of its own that starts and ends by itself.",
        "The same command again goes on with what was interrupted or failed, or says that all is there. Ctrl-C leaves the migration running."}, exitCodeListHeading = "%nExit status:%n", exitCodeList = {
                "0:every VM is there, verified, and was not seen failing to boot", "1:that is not so", "2:wrong words",
                "3:its server was lost, and did not come back",
                "4:refused: not found, not ready, a name that is taken", "5:its server failed", "6:the migration was cancelled",
                "130:interrupted; the migration goes on"})
final class MigrateCommand implements Callable<Integer> {
    /// Storage classes of a pool.
    enum VolumeFormat {
        raw, qcow2
    }

    private static final String IDLE = "10m";
    private static final Duration UNTIL_RETRIED = Duration.ofMinutes(2);
    private static final int REVIVALS = 3;

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "SOURCE", description = "What to migrate: an OVA, or a folder of them.")
    String source = "";

    @Option(names = "--to", required = true, paramLabel = "POOL", description = "Folder for disks and definitions; made where it is missing.")
    Path pool = Path.of("");

    @Option(names = "--vm", paramLabel = "VM[=NEWNAME]", description = "Only this VM by name (or id:ID), and its name at the destination; repeat for more. Else all of the source.")
    List<String> vms = List.of();

    @Option(names = "--network", paramLabel = "SRC=DST", description = {
            "Network of the source by name (or id:ID), and what it becomes: the name of a network, or `ignored`; repeat for more. A single network becomes `default`."})
    List<String> networks = List.of();

    @Mixin
    GuestOptions guests = new GuestOptions();

    @Option(names = "--certificates", paramLabel = "FILE", description = "PEM file with the certificates that an https SOURCE may have, instead of those that this machine trusts.")
    @Nullable
    Path certificates;

    @Option(names = "--volume-format", paramLabel = "FORMAT", description = "What the volumes are to be: ${COMPLETION-CANDIDATES} (default: the pool's own, raw).")
    @Nullable
    VolumeFormat volumeFormat;

    @Option(names = "--no-convert", description = "Do not convert the guests: those that ran on virtio stay on it, others get SATA and e1000e.")
    boolean noConvert;

    @Option(names = "--no-boot-check", description = "Do not start the finished VMs to see them boot.")
    boolean noBootCheck;

    @Option(names = "--require-boot-proof", description = "End with 1 also where it is unproven that a VM boots.")
    boolean requireBootProof;

    @Option(names = "--again", description = "Migrate anew what was migrated and is not as it was then: its source changed, a volume is gone.")
    boolean again;

    @Option(names = "--data", paramLabel = "DIR", description = "What its server must not forget (default: $XDG_DATA_HOME/godwit/migrate, else ~/.local/share/godwit/migrate).")
    @Nullable
    Path data;

    @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Session.Format format = Session.Format.table;

    private int revivals;
    private List<String> migrations = List.of();

    @Override
    public Integer call() throws InterruptedException {
        requireSensibleWords();
        var folders = Folders.of(data, around().environment());
        var launcher = around().launcher();
        if (launcher.isEmpty()) {
            throw new CommandFailure(ExitStatus.USAGE, Problem.of("", "This verb starts a server.", "",
                    "Run it as ./godwit in the top folder of the source tree."));
        }
        var order = new Order(SourcePlace.of(source), PoolFolder.of(pool), vms, Networks.parse(networks), !noConvert, !noBootCheck,
                volumeFormat == null ? "" : volumeFormat.name(), guests.read(), certificates(), again);
        if (!order.source().there() && !Files.exists(folders.data().resolve("token"))) { // no server that could know of it
            throw order.source().missing();
        }
        try (var server = OwnServer.enter(folders, List.of(launcher, "serve"),
                around().environment().getOrDefault("GODWIT_MIGRATE_IDLE", IDLE))) {
            return migrate(server, order);
        } catch (CommandFailure e) {
            if (e.exitStatus() == ExitStatus.SERVER_ERROR || e.unreachable()) {
                note("The server's log: " + folders.log());
            }
            throw e.unreachable()
                    ? new CommandFailure(e.exitStatus(), Problem.of("", "The server of `godwit migrate` was lost, and did not come back.",
                            e.problem().why(), "See its log. The same command again starts it anew, and goes on with what there is."), e)
                    : e;
        }
    }

    private void requireSensibleWords() {
        require(!source.isBlank(), "SOURCE is empty: is a variable of the shell not set?");
        require(!pool.toString().isBlank(), "--to is empty: is a variable of the shell not set?");
        require(data == null || !data.toString().isBlank(), "--data is empty: is a variable of the shell not set?");
        require(!(noBootCheck && requireBootProof), "--no-boot-check and --require-boot-proof contradict each other");
    }

    private String certificates() {
        if (certificates == null) {
            return "";
        }
        require(source.startsWith("https://"), "--certificates is for a SOURCE behind https");
        var pem = SecretFile.read(certificates);
        require(pem.contains("BEGIN CERTIFICATE"), "--certificates " + certificates + " holds no certificate in PEM");
        return pem;
    }

    private void require(boolean sensible, String otherwise) {
        if (!sensible) {
            throw new ParameterException(command().commandLine(), otherwise);
        }
    }

    private int migrate(OwnServer server, Order order) throws InterruptedException {
        var begun = begin(server, order);
        var arranged = begun.arranged();
        migrations = arranged.migrations();
        var look = new Look(server, begun.rest(), arranged);
        try (var _ = new Farewell(() -> farewell(server, arranged))) {
            var progress = around().terminal() && format == Session.Format.table
                    ? new ProgressScreen(around().out(), around().columns(), around().rows(), around().unicode(), around().clock())
                    : new ProgressLines(format == Session.Format.table ? around().out() : around().err(), around().clock());
            var ended = arranged.moving()
                    ? new Watch(look::view, progress, around().out(), around().clock(), around().pause()).untilEnded()
                    : look.view();
            return outcome(server, arranged, ended, look.raw);
        }
    }

    private record Begun(Rest rest, Arranged arranged) {}

    private Begun begin(OwnServer server, Order order) throws InterruptedException {
        try (var _ = new Farewell(() -> note("Interrupted before it was known that anything goes on. The same command again takes up "
                + "what there is.")); var _ = server.turn()) {
            while (true) {
                var rest = server.connect();
                try {
                    return new Begun(rest, new Arrangement(rest, order, server.folders().data().toString(), this::note).arrange());
                } catch (CommandFailure e) { // what it has done so far is found again
                    requireRevivable(e);
                    note("The server was gone, and is started again.");
                }
            }
        }
    }

    private void requireRevivable(CommandFailure e) {
        if (!e.unreachable() || ++revivals > REVIVALS) {
            throw e;
        }
    }

    /// The server's view of what was arranged; a server that died is started again.
    private final class Look {
        private final OwnServer server;
        private final Arranged arranged;
        private final Instant began = around().clock().instant();
        private Rest rest;
        private List<JsonNode> raw = List.of();

        Look(OwnServer server, Rest rest, Arranged arranged) {
            this.server = server;
            this.rest = rest;
            this.arranged = arranged;
        }

        MigrationView view() {
            try {
                raw = read();
            } catch (CommandFailure e) {
                requireRevivable(e);
                revive();
                raw = read();
            }
            var view = MigrationView.of(raw, vm -> arranged.vms().containsKey(Json.text(vm, "id")));
            boolean retrying = around().clock().instant().isBefore(began.plus(UNTIL_RETRIED)) && raw.stream()
                    .flatMap(each -> Json.each(each, "vms")).anyMatch(vm -> Json.text(vm, "phase").equals("Failed")
                            && Json.text(vm, "completed").equals(arranged.retried().get(Json.text(vm, "id"))));
            return retrying && view.ended() ? view.inPhase("Running") : view;
        }

        private List<JsonNode> read() {
            return arranged.migrations().stream().map(id -> rest.get(Collection.MIGRATIONS.pathOf(id))).toList();
        }

        private void revive() {
            try (var _ = server.turn()) {
                rest = server.connect();
                note("The server was gone, and is back; the migration goes on.");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandFailure(ExitStatus.FAILED, Problem.of("", "Interrupted.", "", ""), e);
            }
        }
    }

    /// Ids of those that were started or found; none before that.
    List<String> migrations() {
        return migrations;
    }

    private int outcome(OwnServer server, Arranged arranged, MigrationView ended, List<JsonNode> raw) {
        var out = around().out();
        var verdict = Verdict.of(ended.vms(), requireBootProof, !noBootCheck, arranged.unmet());
        if (format == Session.Format.table) {
            ended.vms().forEach(vm -> vm.printOutcome(out));
            var took = ended.started() == null || ended.completed() == null || !arranged.moving()
                    ? ""
                    : " after " + Text.duration(Duration.between(ended.started(), ended.completed()));
            out.println("Migration " + ended.id() + ": " + ended.phase() + took + ".");
        } else {
            var answer = Json.object().put("phase", ended.phase()).put("exitStatus", verdict.exitStatus());
            answer.putObject("server").put("data", server.folders().data().toString()).put("log", server.folders().log().toString());
            var all = answer.putArray("vms");
            raw.stream().flatMap(each -> Json.each(each, "vms")).filter(vm -> arranged.vms().containsKey(Json.text(vm, "id")))
                    .map(vm -> withConcerns(vm, arranged)).forEach(all::add);
            verdict.warnings().forEach(answer.putArray("warnings")::add);
            verdict.doubts().forEach(answer.putArray("doubts")::add);
            out.println(format.write(answer).stripTrailing());
        }
        out.flush();
        verdict.warnings().forEach(each -> note("warning: " + each));
        verdict.doubts().forEach(each -> note("not well: " + each));
        if (ended.phase().equals("Failed")) {
            note("Everything it made is kept. The same command again goes on where it stopped. To undo it instead:");
            cancelWords(server, arranged);
            note("The server's log: " + server.folders().log());
        }
        return verdict.exitStatus();
    }

    private static JsonNode withConcerns(JsonNode vm, Arranged arranged) {
        var concerns = arranged.concerns().get(Json.text(vm, "id"));
        return concerns == null || !concerns.isArray() ? vm : ((ObjectNode) vm.deepCopy()).set("concerns", concerns);
    }

    private void farewell(OwnServer server, Arranged arranged) {
        note("");
        note("The migration goes on without this command. The same command again watches it, or goes on with it.");
        var at = " --data " + server.folders().data();
        arranged.migrations().forEach(each -> note("  watch it:   godwit migration watch " + each + at));
        cancelWords(server, arranged);
        note("  the server's log: " + server.folders().log());
    }

    private void cancelWords(OwnServer server, Arranged arranged) {
        arranged.migrations().forEach(each -> note("  cancel it:  godwit migration cancel " + each + " --data " + server.folders().data()));
    }

    private void note(String text) {
        PrintWriter err = around().err();
        err.println(Text.printable(text));
        err.flush();
    }

    private Surroundings around() {
        return ((Godwit) command().root().userObject()).surroundings();
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec);
    }
}
