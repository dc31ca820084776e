package io.godwit.smoke;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.convert.BootSector;
import io.godwit.export.HttpsPeer;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `./godwit migrate` through the real launcher, with the server that it starts by itself; without conversion and boot check, which others try.
class MigrateE2E {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int ROUNDS = Boolean.getBoolean("godwit.soak") ? 40 : 2;
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder = Path.of("");
    private final Map<String, String> environment = new HashMap<>();
    private Path data = Path.of("");
    private Path pool = Path.of("");

    @BeforeEach
    void name() {
        data = folder.resolve("share/godwit/migrate");
        pool = folder.resolve("pool");
        environment.putAll(Map.of("XDG_DATA_HOME", folder.resolve("share").toString(), "XDG_STATE_HOME",
                folder.resolve("state").toString()));
    }

    @AfterEach
    void end() {
        servers().forEach(ProcessHandle::destroyForcibly);
        SmokeWorker.killAllOf(folder);
    }

    private static Path ova(Path file, String name, int seed) throws IOException {
        return OvaFixture.vsphere(name).disk(new SeededDisk(seed, 24 << 20)).memoryMib(64).nic("VM Network", "VmxNet3", "").write(file);
    }

    private GodwitCommand migrate(String idle, Path source, String... more) {
        return migrate(idle, source.toString(), more);
    }

    private GodwitCommand migrate(String idle, String source, String... more) {
        return start(idle, source, Stream.concat(Stream.of("--no-convert", "--no-boot-check"), Stream.of(more)).toArray(String[]::new));
    }

    private GodwitCommand start(String idle, String source, String... more) {
        var words = new ArrayList<>(List.of("migrate", source, "--to", pool.toString()));
        words.addAll(List.of(more));
        environment.put("GODWIT_MIGRATE_IDLE", idle);
        return GodwitCommand.start(folder, environment, words.toArray(String[]::new));
    }

    /// Server processes on our data folder that are alive. Their command line is longer than what Java gives of it.
    private List<ProcessHandle> servers() {
        return ProcessHandle.allProcesses()
                .filter(each -> SmokeWorker.read(each.pid(), "cmdline").contains("\0--godwit.data=" + data + "\0"))
                .toList();
    }

    private RestClient rest() throws IOException {
        return new RestClient(URI.create(serverFile().path("url").asString()), Files.readString(data.resolve("token")).strip());
    }

    private JsonNode serverFile() throws IOException {
        return JSON.readTree(Files.readString(data.resolve("server.json")));
    }

    private long serverPid() throws IOException {
        return serverFile().path("pid").asLong();
    }

    @Test
    void migratesInOneCommandAndFindsItDoneAfterwards() throws IOException {
        var ova = ova(folder.resolve("web.ova"), "web", 1);
        var before = Digests.sha256(ova);
        var first = migrate("10m", ova);
        assertThat(first.exitStatus()).as(first.out() + first.err()).isZero();
        assertThat(first.err()).contains("Made the folder " + pool, "Network 'VM Network' becomes the network 'default'");
        assertThat(pool.resolve("vms/web/domain.xml")).content().contains("network='default'");
        assertThat(folder.resolve("state/godwit/migrate.log")).isNotEmptyFile();
        assertThat(Digests.sha256(ova)).isEqualTo(before);
        long server = serverPid();

        var second = migrate("10m", ova, "-o", "json");
        assertThat(second.exitStatus()).as(second.err()).isZero();
        assertThat(second.err()).contains("VM web was migrated already");
        assertThat(JSON.readTree(second.out()).at("/vms/0/disks/0/verified").asBoolean()).isTrue();
        assertThat(serverPid()).isEqualTo(server);
        assertThat(rest().get("/migrations").body().path("items")).hasSize(1);

        try (var volumes = Files.list(pool.resolve("volumes"))) {
            Files.delete(volumes.findFirst().orElseThrow());
        }
        var third = migrate("10m", ova);
        assertThat(third.exitStatus()).isEqualTo(1);
        assertThat(third.err()).contains("is gone, or another file lies in its place", "--again");
        var fourth = migrate("10m", ova, "--again", "--vm", "web=web-2");
        assertThat(fourth.exitStatus()).as(fourth.err()).isZero();
        assertThat(pool.resolve("vms/web-2/domain.xml")).exists();
    }

    /// As ovftool exports: each VM as an OVF in a folder of its own.
    @Test
    void migratesAFolderOfFoldersOfOvf() throws Exception {
        var exports = Files.createDirectories(folder.resolve("exports"));
        for (var name : List.of("vm1", "vm2")) {
            var ova = ova(folder.resolve(name + ".ova"), name, name.hashCode());
            assertThat(new ProcessBuilder("tar", "-xf", ova.toString(), "-C", Files.createDirectory(exports.resolve(name)).toString())
                    .inheritIO().start().waitFor()).isZero();
        }
        var command = migrate("10m", exports, "-o", "json");
        assertThat(command.exitStatus()).as(command.out() + command.err()).isZero();
        assertThat(JSON.readTree(command.out()).path("vms")).hasSize(2)
                .allMatch(vm -> vm.at("/disks/0/verified").asBoolean());
        assertThat(pool.resolve("vms/vm1/domain.xml")).exists();
        assertThat(pool.resolve("vms/vm2/domain.xml")).exists();
    }

    @Test
    void takesNamesWithSpacesAndUmlautsInALocaleWithout() throws IOException {
        pool = folder.resolve("My VMs");
        var ova = ova(folder.resolve("Web Server (1), größe.ova"), "Web Server (1)", 9);
        environment.putAll(Map.of("LC_ALL", "C", "LANG", "C"));
        var command = migrate("10m", ova);
        assertThat(command.exitStatus()).as(command.out() + command.err()).isZero();
        assertThat(pool.resolve("vms/web-server-1/domain.xml")).content().contains("/My VMs/volumes/");
        var again = migrate("10m", ova, "-o", "json");
        assertThat(again.exitStatus()).as(again.err()).isZero();
        assertThat(again.err()).contains("was migrated already");
        assertThat(JSON.readTree(again.out()).at("/vms/0/disks/0/verified").asBoolean()).isTrue();
    }

    @Test
    void migratesFromHttpsWithCertificatesOfOnesOwn() throws Exception {
        var ova = ova(folder.resolve("web.ova"), "web", 10);
        try (var peer = new HttpsPeer(folder, ova)) {
            var url = peer.url("/exports/web.ova").toString();
            var certificates = Files.writeString(folder.resolve("ca.pem"), peer.certificate());
            var stranger = migrate("10m", url, "--certificates", "/dev/null");
            assertThat(stranger.exitStatus()).isEqualTo(2);
            var command = migrate("10m", url, "--certificates", certificates.toString(), "-o", "json");
            assertThat(command.exitStatus()).as(command.out() + command.err()).isZero();
            assertThat(JSON.readTree(command.out()).at("/vms/0/disks/0/verified").asBoolean()).isTrue();
            assertThat(pool.resolve("vms/web/domain.xml")).exists();
            var again = migrate("10m", url, "--certificates", certificates.toString());
            assertThat(again.exitStatus()).as(again.err()).isZero();
            assertThat(again.err()).contains("VM web was migrated already");
            peer.stop();
            var away = migrate("10m", url, "--certificates", certificates.toString());
            assertThat(away.exitStatus()).as(away.out() + away.err()).isIn(1, 4, 5);
            assertThat(away.err()).contains("localhost");
        }
    }

    /// From a file to the worker that converts, past everything that anybody could read.
    @Test
    void givesAKeyToTheConverterAndToNobodyElse() throws IOException {
        var key = "opens-sesame-" + "0123456789abcdef".repeat(2);
        var keyFile = Files.writeString(folder.resolve("web.key"), key + "\n");
        var ova = ova(folder.resolve("web.ova"), "web", 11);
        try (var server = SmokeServer.start(folder)) {
            server.holds().holdJob("convert");
            var command = GodwitCommand.start(folder, environment, "migrate", ova.toString(), "--to", pool.toString(), "--no-boot-check",
                    "--data", server.data().toString(), "--key", "web=/dev/sda2:" + keyFile, "--root", "web=first");
            await("a conversion").atMost(120, SECONDS).until(() -> filesWith(digest(key), pool).findAny().isPresent());
            assertThat(ProcessHandle.allProcesses()
                    .map(each -> SmokeWorker.read(each.pid(), "cmdline") + SmokeWorker.read(each.pid(), "environ")))
                    .noneMatch(each -> each.contains(key));
            server.holds().releaseJob("convert");
            assertThat(command.exitStatus()).as(command.out() + command.err()).isZero();
            assertThat(command.out() + command.err()).doesNotContain(key);
            var plan = server.rest().get("/plans").requireStatus(200).body().at("/items/0/vms/0");
            assertThat(plan.path("rootDisk").asString()).isEqualTo("first");
            assertThat(plan.path("keyDevices")).hasSize(1).allMatch(device -> device.asString().equals("/dev/sda2"));
        }
        Files.delete(keyFile);
        assertThat(filesWith(key, folder)).as("files with the key: journal, logs, the pool").isEmpty();
    }

    private static String digest(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<Path> filesWith(String text, Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return Stream.empty();
        }
        try (var all = Files.walk(folder)) {
            return all.filter(each -> Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)).filter(each -> has(each, text)).toList()
                    .stream();
        }
    }

    private static boolean has(Path file, String text) {
        try {
            return Files.size(file) < 100 << 20 && Files.readString(file, ISO_8859_1).contains(text);
        } catch (IOException e) { // it was moved meanwhile
            return false;
        }
    }

    @Test
    void endsWithOneWhereTheGuestDoesNotBootOrNobodyCanTell() throws IOException {
        var panics = OvaFixture.ovftool("panics")
                .disk(new SeededDisk(12, 8 << 20), BootSector.saying("\r\nKernel panic - not syncing: no root\r\n"))
                .memoryMib(64).write(folder.resolve("panics.ova"));
        var silent = OvaFixture.ovftool("silent").disk(new SeededDisk(13, 8 << 20), BootSector.saying("\r\n...")).memoryMib(64)
                .write(folder.resolve("silent.ova"));
        var failed = start("10m", panics.toString(), "--no-convert", "-o", "json");
        assertThat(failed.exitStatus()).as(failed.out() + failed.err()).isEqualTo(1);
        var document = JSON.readTree(failed.out());
        assertThat(document.path("exitStatus").asInt()).isEqualTo(1);
        assertThat(document.at("/vms/0/fault/code").asString()).isEqualTo("GUEST_DID_NOT_BOOT");
        assertThat(failed.err()).contains("The same command again goes on where it stopped");

        pool = Files.createDirectories(folder.resolve("impatient"));
        rest().post("/providers", Map.of("name", "impatient", "type", "local", "url", pool.toString(), "settings",
                Map.of("secondsToBoot", "2"))).requireStatus(201);
        var unproven = start("10m", silent.toString(), "--no-convert");
        assertThat(unproven.exitStatus()).as(unproven.out() + unproven.err()).isZero();
        assertThat(unproven.err()).contains("warning: silent: whether it boots is unproven");
        var strict = start("10m", silent.toString(), "--no-convert", "--require-boot-proof");
        assertThat(strict.exitStatus()).as(strict.out() + strict.err()).isEqualTo(1);
        assertThat(strict.err()).contains("not well: silent: whether it boots is unproven");
    }

    @Test
    void refusesOtherWishesForWhatIsThere() throws IOException {
        var ova = ova(folder.resolve("web.ova"), "web", 14);
        var first = migrate("10m", ova);
        assertThat(first.exitStatus()).as(first.err()).isZero();
        var plain = start("10m", ova.toString());
        assertThat(plain.exitStatus()).as(plain.err()).isEqualTo(1);
        assertThat(plain.err()).contains("VM web: then --no-convert, now with conversion",
                "VM web: then --no-boot-check, now with a boot check");
        var other = migrate("10m", ova, "--volume-format", "qcow2", "--network", "VM Network=lan");
        assertThat(other.exitStatus()).as(other.err()).isEqualTo(1);
        assertThat(other.err()).contains("VM web: then volumes in raw, now in qcow2",
                "then network 'VM Network' as 'default', now as 'lan'");
        var again = migrate("10m", ova, "--again");
        assertThat(again.exitStatus()).as(again.err()).isEqualTo(1);
        assertThat(again.err()).contains("--vm 'web=NEWNAME'");
        var renamed = migrate("10m", ova, "--vm", "web=web-2", "--network", "VM Network=lan");
        assertThat(renamed.exitStatus()).as(renamed.err()).isZero();
        assertThat(pool.resolve("vms/web-2/domain.xml")).content().contains("network='lan'");
        Files.delete(ova);
        var gone = migrate("10m", ova, "--vm", "web=web-2");
        assertThat(gone.exitStatus()).as(gone.err()).isEqualTo(1);
        assertThat(gone.err()).contains("its source is gone", "its definition and its volumes are as they were then");
    }

    @Test
    void makesQcow2VolumesWhereTheyAreAskedFor() throws Exception {
        var disk = folder.resolve("disk.raw");
        try (var bytes = new SeededDisk(6, 24 << 20).open()) {
            Files.copy(bytes, disk);
        }
        var ova = ova(folder.resolve("web.ova"), "web", 6);
        var command = migrate("10m", ova, "--volume-format", "qcow2", "-o", "json");
        assertThat(command.exitStatus()).as(command.out() + command.err()).isZero();
        assertThat(JSON.readTree(command.out()).at("/vms/0/disks/0/verified").asBoolean()).isTrue();
        assertThat(pool.resolve("vms/web/domain.xml")).content().contains("type='qcow2'");
        assertThat(pool.resolve("vms/web/vm.yaml")).doesNotExist();
        try (var volumes = Files.list(pool.resolve("volumes"))) {
            var volume = volumes.findFirst().orElseThrow().toString();
            for (var words : List.of(List.of("qemu-img", "check", "-q", volume),
                    List.of("qemu-img", "compare", "-q", "-f", "raw", "-F", "qcow2", disk.toString(), volume))) {
                assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).as(words.toString()).isZero();
            }
        }
        var again = migrate("10m", ova, "--volume-format", "qcow2");
        assertThat(again.exitStatus()).as(again.err()).isZero();
        assertThat(again.err()).contains("VM web was migrated already");
    }

    /// Slow enough to be caught in the middle.
    private GodwitCommand caughtCopying(Path ova) throws IOException {
        var small = migrate("10m", ova(folder.resolve("small.ova"), "small", 2));
        assertThat(small.exitStatus()).as(small.err()).isZero();
        rest().put("/limits/slow", Map.of("scope", Map.of("type", "total"), "bytesPerSecond", 4 << 20)).requireStatus(200);
        var command = migrate("10m", ova);
        await("a copy").atMost(90, SECONDS).until(() -> vm().at("/stage").asString("").equals("CopyDisks")
                && vm().path("pipeline").valueStream().anyMatch(step -> step.at("/progress/completedBytes").asLong(0) > 0));
        return command;
    }

    /// The VM migration of the last start.
    private JsonNode vm() throws IOException {
        var last = rest().get("/migrations").requireStatus(200).body().at("/items/0");
        return last.at("/vms/0/vm/name").asString().equals("small")
                ? last.at("/none")
                : rest().get("/migrations/" + last.path("id").asString()).requireStatus(200).body().at("/vms/0");
    }

    @Test
    void goesOnWhenCommandAndServerWereKilled() throws IOException {
        var ova = ova(folder.resolve("web.ova"), "web", 3);
        var command = caughtCopying(ova);
        var id = vm().path("id").asString();
        command.kill();
        var server = ProcessHandle.of(serverPid()).orElseThrow();
        server.destroyForcibly();
        await().atMost(10, SECONDS).until(() -> !server.isAlive());

        var again = migrate("10m", ova);
        assertThat(again.exitStatus()).as(again.out() + again.err()).isZero();
        assertThat(again.err()).contains("An earlier migration of VM web goes on.");
        assertThat(vm().path("id").asString()).isEqualTo(id);
        assertThat(vm().path("phase").asString()).isEqualTo("Succeeded");
    }

    @Test
    void startsAServerAnewThatIsKilledWhileItWatches() throws IOException {
        var command = caughtCopying(ova(folder.resolve("web.ova"), "web", 4));
        ProcessHandle.of(serverPid()).orElseThrow().destroyForcibly();
        assertThat(command.exitStatus()).as(command.out() + command.err()).isZero();
        assertThat(command.err()).contains("The server was gone, and is back; the migration goes on.");
    }

    @Test
    void leavesTheMigrationRunningAtCtrlC() throws IOException, InterruptedException {
        var ova = ova(folder.resolve("web.ova"), "web", 5);
        var command = caughtCopying(ova);
        long server = serverPid();
        command.interrupt();
        assertThat(command.exitStatus()).isEqualTo(130);
        var migration = vm().path("migration").asString();
        assertThat(command.err()).contains("The migration goes on without this command. The same command again watches it",
                "godwit migration watch " + migration + " --data " + data, "godwit migration cancel " + migration + " --data " + data);
        assertThat(vm().path("phase").asString()).isIn("Running", "Waiting");
        rest().delete("/limits/slow").requireStatus(204);
        var again = migrate("10m", ova);
        assertThat(again.exitStatus()).as(again.out() + again.err()).isZero();
        assertThat(serverPid()).isEqualTo(server);
    }

    @Test
    void sharesOneServerThatEndsWhenItIsIdleAndNeverUnderACommand() throws IOException {
        var one = ova(folder.resolve("one.ova"), "one", 6);
        var two = ova(folder.resolve("two.ova"), "two", 7);
        var first = migrate("1s", one);
        var second = migrate("1s", two);
        assertThat(first.exitStatus()).as(first.out() + first.err()).isZero();
        assertThat(second.exitStatus()).as(second.out() + second.err()).isZero();
        assertThat(starts()).isEqualTo(1);
        await("the end of the server").atMost(60, SECONDS).until(() -> servers().isEmpty());
        assertThat(data.resolve("server.json")).doesNotExist();
        for (int round = 0; round < ROUNDS; round++) { // each comes in while the last server is at its end, or just after it
            var next = migrate("50ms", round % 2 == 0 ? one : two);
            assertThat(next.exitStatus()).as(next.out() + next.err()).isZero();
            assertThat(next.err()).contains("was migrated already");
        }
    }

    private long starts() throws IOException {
        return Files.readString(folder.resolve("state/godwit/migrate.log")).lines().filter(each -> each.contains("Started GodwitServer"))
                .count();
    }
}
