package io.godwit.cli;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.text.Text;
import io.godwit.cli.watch.MigrationView;
import io.godwit.cli.watch.VmView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The part of the demo that talks to its server: the same commands that a person would type, shown as they run. What an
/// interrupted demo has made is used again.
@Command(name = "demo-migrate", hidden = true, mixinStandardHelpOptions = true, description = "The demo's migration; `godwit demo` prepares it.")
final class DemoCommand implements Callable<Integer> {
    private static final String NAME = "demo";

    @picocli.CommandLine.Mixin
    Session session = new Session();

    @Option(names = "--ova", required = true, paramLabel = "FILE", description = "The guest.")
    Path ova = Path.of("");

    @Option(names = "--pool", required = true, paramLabel = "DIR", description = "Where the VM goes.")
    Path pool = Path.of("");

    @Override
    public Integer call() throws InterruptedException {
        ensure(Collection.PROVIDERS, "source", "provider", "create", "source", "--type", "ova", "--url", ova.toString());
        ensure(Collection.PROVIDERS, "pool", "provider", "create", "pool", "--type", "local", "--url", pool.toString());
        require("inventory", "vms", "source");
        var vm = onlyVm();
        ensure(Collection.NETWORK_MAPPINGS, NAME,
                words(List.of("mapping", "network", "create", NAME, "--source", "source", "--destination", "pool"), networks()));
        ensure(Collection.STORAGE_MAPPINGS, NAME,
                words(List.of("mapping", "storage", "create", NAME, "--source", "source", "--destination", "pool"), storages()));
        ensure(Collection.PLANS, NAME, "plan", "create", NAME, "--source", "source", "--destination", "pool", "--vm", vm,
                "--network-mapping", NAME,
                "--storage-mapping", NAME);
        var earlier = latest();
        var phase = earlier.map(MigrationView::phase).orElse("");
        if (phase.isEmpty() || phase.equals("Canceled")) {
            require("plan", "validate", NAME);
            require("plan", "start", NAME);
        } else if (phase.equals("Failed")) {
            require("migration", "retry", NAME);
        }
        session.out().println("\n$ godwit migration watch " + NAME);
        var id = MigrationCommand.requireId(session.rest(), NAME);
        int status = MigrationCommand.watch(session, id, "", earlier.filter(each -> each.id().equals(id)).map(MigrationView::completed)
                .filter(_ -> phase.equals("Failed")).orElse(null));
        return status == ExitStatus.OK ? prove(id) : status;
    }

    private Optional<MigrationView> latest() {
        return Collection.items(Collection.MIGRATIONS.list(session.rest())).stream()
                .max(Comparator.comparing(each -> Json.text(each, "started")))
                .map(MigrationView::read);
    }

    /// Runs a command unless what it makes is there.
    private void ensure(Collection collection, String name, String... words) {
        if (collection.find(session.rest(), name).isEmpty()) {
            require(words);
        }
    }

    private void require(String... words) {
        int status = run(words);
        if (status != ExitStatus.OK) {
            throw new CommandFailure(status,
                    Problem.of("", "The demo stops: `godwit " + String.join(" ", words) + "` ended with " + status + ".", "",
                            "See what it said above; the server's log is in the demo's folder."));
        }
    }

    private int run(String... words) {
        session.out().println("\n$ godwit " + shown(words));
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--data", session.dataFolder().toString()));
        return Godwit.run(session.surroundings(), all.toArray(String[]::new));
    }

    private static String shown(String... words) {
        return String.join(" ", List.of(words).stream().map(each -> each.contains(" ") ? "\"" + each + "\"" : each).toList());
    }

    private static String[] words(List<String> first, List<String> then) {
        var all = new ArrayList<>(first);
        all.addAll(then);
        return all.toArray(String[]::new);
    }

    private tools.jackson.databind.JsonNode inventory() {
        return session.rest().get(Collection.PROVIDERS.pathOf(Collection.PROVIDERS.requireId(session.rest(), "source")) + "/inventory");
    }

    private String onlyVm() {
        return Json.each(inventory(), "vms").map(each -> Json.text(each, "name")).findFirst().orElseThrow(() -> new CommandFailure(
                ExitStatus.FAILED,
                Problem.of("", "The server finds no VM in " + ova + ".", "", "Delete it, and run the demo again: it makes a new one.")));
    }

    private List<String> networks() {
        return Json.each(inventory(), "networks").flatMap(each -> List.of("--map", Json.text(each, "name") + "=ignored").stream()).toList();
    }

    private List<String> storages() {
        return Json.each(inventory(), "storages").flatMap(each -> List.of("--map", Json.text(each, "name") + "=default").stream()).toList();
    }

    /// A migration that says it succeeded is not believed: there must be bytes, equal digests, a VM, and its login prompt.
    private int prove(String id) {
        var migration = MigrationView.read(session.rest().get(Collection.MIGRATIONS.pathOf(id)));
        var doubts = new ArrayList<String>();
        for (var vm : migration.vms()) {
            summary(vm);
            if (vm.disks().isEmpty() || vm.disks().stream().mapToLong(VmView.DiskProof::dataBytes).sum() == 0) {
                doubts.add("no byte of a disk was copied");
            }
            if (vm.disks().stream()
                    .anyMatch(each -> !each.verified() || each.sourceRoot().isBlank() || !each.sourceRoot().equals(each.targetRoot()))) {
                doubts.add("a disk was not proven equal");
            }
            if (vm.definition().isBlank() || !Files.exists(Path.of(vm.definition()))) {
                doubts.add("the VM has no definition on disk");
            }
            var prompt = loginPrompt(vm);
            if (prompt.isPresent()) {
                session.out().println("\nThe VM's console:\n  " + prompt.get());
            } else {
                doubts.add("its console shows no login prompt");
            }
        }
        if (migration.vms().isEmpty()) {
            doubts.add("it had no VM");
        }
        if (!doubts.isEmpty()) {
            throw new CommandFailure(ExitStatus.FAILED,
                    Problem.of("", "The migration says that it succeeded, but " + String.join(", and ", doubts) + ".", "",
                            "This is a bug of Godwit: keep the demo's folder, and report it."));
        }
        return ExitStatus.OK;
    }

    private void summary(VmView vm) {
        var out = session.out();
        out.println("\nSummary of " + vm.name());
        out.println("  %-16s %-20s %8s".formatted("STEP", "STAGE", "TIME"));
        for (var step : vm.pipeline()) {
            for (var stage : step.stages()) {
                out.println("  %-16s %-20s %8s".formatted(step.name(), stage.name(),
                        stage.started() == null || stage.completed() == null
                                ? "-"
                                : Text.duration(Duration.between(stage.started(), stage.completed()))));
            }
        }
        for (var disk : vm.disks()) {
            out.println("  disk %s: %s large, %s copied, %s zero (not copied)".formatted(disk.key(), Text.bytes(disk.sizeBytes()),
                    Text.bytes(disk.dataBytes()), Text.bytes(disk.zeroBytes())));
            out.println("    read    %s %s".formatted(disk.method(), disk.sourceRoot()));
            out.println("    written %s %s".formatted(disk.method(), disk.targetRoot()));
        }
        out.println("  the VM is in " + pool + ", defined in " + vm.definition());
    }

    private static Optional<String> loginPrompt(VmView vm) {
        var boot = vm.boot();
        if (boot == null || !boot.verdict().equalsIgnoreCase("booted")) {
            return Optional.empty();
        }
        try {
            var console = Files.readString(Path.of(boot.consoleText()), StandardCharsets.ISO_8859_1);
            return console.lines().filter(each -> each.contains("login:")).map(each -> Text.printable(each.strip()))
                    .reduce((_, last) -> last);
        } catch (IOException e) {
            return Optional.of(boot.evidence()).filter(each -> each.contains("login:"));
        }
    }
}
