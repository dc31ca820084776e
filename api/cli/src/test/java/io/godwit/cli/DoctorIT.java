package io.godwit.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.godwit.cli.doctor.Ailment;
import io.godwit.cli.doctor.Finding.Verdict;
import io.godwit.cli.rest.Rest;
import io.godwit.store.PostgreSqlPeer;
import io.godwit.store.StoreSettings;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/// Makes machines suffer from what the doctor knows: files of a root of their own, programs on a PATH of their own, real mounts, locks, ports,
/// users and limits. Needs root, as most of them do.
@ExtendWith(PostgreSqlPeer.class)
class DoctorIT {
    private static final String NOBODY = "65534";
    private static final List<String> PROGRAMS = List.of("qemu-img", "qemu-nbd", "qemu-storage-daemon", "nbdkit", "virt-v2v-in-place",
            "virt-inspector", "supermin", "qemu-system-x86_64", "setpriv");

    private final Map<String, String> environment = new TreeMap<>();
    private final List<Path> mounts = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private Path folder = Path.of("");
    private Path root = Path.of("");
    private Path data = Path.of("");
    private int port;

    private record Seen(int exitCode, JsonNode items, String text) {
        JsonNode find(String name, String value) {
            return items.valueStream().filter(each -> each.path(name).asString().equals(value)).findFirst()
                    .orElseThrow(() -> new AssertionError("no " + name + " " + value + " in " + text));
        }
    }

    @BeforeEach
    void healthyMachine() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it mounts, and runs as another user");
        folder = Files.createTempDirectory("godwit-doctor");
        open(folder);
        root = Files.createDirectories(folder.resolve("root"));
        data = Files.createDirectories(folder.resolve("data"));
        for (var each : List.of("boot/vmlinuz-6.1", "lib/modules/6.1/modules.dep", "usr/share/java/libguestfs-1.48.6.jar",
                "usr/share/OVMF/OVMF_CODE_4M.fd", "usr/lib/x86_64-linux-gnu/guestfs/supermin.d/base.tar.gz", "tmp/x", "var/tmp/x",
                "run/x")) {
            file(each, "");
        }
        file("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable:   8388608 kB\n");
        Files.createDirectories(folder.resolve("bin"));
        for (var name : PROGRAMS) {
            var real = Stream.of("/usr/bin", "/bin", "/usr/sbin", "/sbin").map(each -> Path.of(each, name)).filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(name + " is not installed"));
            Files.createSymbolicLink(folder.resolve("bin").resolve(name), real);
        }
        environment.put("PATH", folder.resolve("bin").toString());
        environment.put("TMPDIR", "/tmp");
        environment.put("HOME", folder.resolve("home").toString());
        environment.put("LC_ALL", "C.UTF-8");
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void takeDown() throws IOException, InterruptedException {
        for (var each : mounts.reversed()) {
            command("umount", each.toString());
        }
        if (!folder.toString().isEmpty()) {
            try (var all = Files.walk(folder)) {
                for (var each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    private static void open(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path file(String path, String text) throws IOException {
        var file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private void program(String name, String script) throws IOException {
        var file = folder.resolve("bin").resolve(name);
        Files.deleteIfExists(file);
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        open(file);
    }

    private static void command(String... words) throws IOException, InterruptedException {
        var process = new ProcessBuilder(words).inheritIO().start();
        assertThat(process.waitFor(20, SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", words)).isZero();
    }

    private void mountInMemory(Path where, String settings) throws IOException, InterruptedException {
        Files.createDirectories(where);
        command("mount", "-t", "tmpfs", "-o", settings, "godwit-doctor", where.toString());
        mounts.add(where);
    }

    private String[] words() {
        var words = new ArrayList<>(
                List.of("doctor", "-o", "json", "--root", root.toString(), "--data", data.toString(), "--port", "" + port));
        words.addAll(options);
        return words.toArray(String[]::new);
    }

    private Seen examine() {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Godwit.run(new Surroundings(new PrintWriter(out), new PrintWriter(err), environment, 0, 24, true,
                Clock.system(ZoneId.systemDefault()), _ -> {
                }, System.getProperty("java.class.path", ""), ""), words());
        assertThat(err.toString()).isEmpty();
        return new Seen(code, Rest.JSON.readTree(out.toString()).path("items"), out.toString());
    }

    /// The same in a process of its own, started by these words.
    private Seen examineBy(String... starter) throws IOException, InterruptedException {
        var output = folder.resolve("output.json");
        var command = new ArrayList<>(List.of(starter));
        command.addAll(List.of(Path.of(System.getProperty("java.home", ""), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Dgodwit.worker.classpath=" + System.getProperty("java.class.path"), "-cp", classPath(),
                "io.godwit.cli.Godwit"));
        command.addAll(List.of(words()));
        var builder = new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT)
                .directory(new File("/"));
        builder.environment().clear();
        builder.environment().putAll(environment);
        var process = builder.start();
        assertThat(process.waitFor(60, SECONDS)).isTrue();
        var text = Files.readString(output);
        assertThat(text).startsWith("{");
        return new Seen(process.exitValue(), Rest.JSON.readTree(text).path("items"), text);
    }

    private Seen examineAsNobody() throws IOException, InterruptedException {
        return examineBy("/usr/bin/setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
    }

    /// A copy that everybody may read, which the build's folders need not be.
    private String classPath() throws IOException {
        var copy = folder.resolve("lib");
        for (var entry : System.getProperty("java.class.path", "").split(":", -1)) {
            var name = entry.endsWith("cli/target/classes")
                    ? "cli"
                    : entry.contains("picocli") ? "picocli" : entry.contains("jackson") ? Path.of(entry).getFileName().toString() : "";
            if (!name.isEmpty()) {
                copy(Path.of(entry), copy.resolve(name));
            }
        }
        try (var entries = Files.list(copy)) {
            return String.join(":", entries.map(Path::toString).toList());
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (var each : all.toList()) {
                var target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(each, target, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private void finds(Seen seen, Ailment ailment, Object where, String why, String remedy) {
        var finding = seen.find("code", ailment.name());
        assertThat(finding.path("verdict").asString()).isEqualTo(ailment.verdict().name());
        assertThat(finding.path("what").asString()).isEqualTo(ailment.what());
        assertThat(finding.path("where").asString()).contains(where.toString());
        assertThat(finding.path("why").asString()).contains(why);
        assertThat(finding.path("remedy").asString()).contains(remedy).doesNotContainPattern("<[A-Z]+>");
        assertThat(seen.exitCode()).as(seen.text()).isEqualTo(ailment.verdict() == Verdict.FAIL ? 1 : 0);
    }

    @Test
    void findsAHealthyMachineHealthyAndLeavesItAsItWas() throws IOException, InterruptedException {
        var before = listing();
        var seen = examineBy();
        assertThat(seen.exitCode()).as(seen.text()).isZero();
        assertThat(seen.items().valueStream().filter(each -> !each.path("verdict").asString().equals("OK"))
                .map(each -> each.path("subject").asString())).containsExactly("KVM", "server"); // this root has no device, and no server runs
        assertThat(seen.find("subject", "qemu-img").path("what").asString()).startsWith("qemu-img version ");
        assertThat(seen.find("subject", "nbdkit plugins").path("what").asString()).isEqualTo("file, curl, ssh");
        assertThat(listing()).isEqualTo(before);
    }

    private List<String> listing() throws IOException {
        try (var files = Files.walk(root); var state = Files.walk(data)) {
            return Stream.concat(files, state).map(Path::toString).sorted().toList();
        }
    }

    @Test
    @Seeds(Ailment.JDK_PASSED_OVER)
    void findsAJavaHomeOfAnotherJdk() {
        environment.put("JAVA_HOME", System.getProperty("java.home", ""));
        assertThat(examine().find("subject", "JDK").path("verdict").asString()).isEqualTo("OK");
        environment.put("GODWIT_JDK_PASSED_OVER", "/opt/java-17"); // as the launcher tells, which sets JAVA_HOME to what it found
        finds(examine(), Ailment.JDK_PASSED_OVER, "JAVA_HOME", "it names /opt/java-17, and this runs on " + System.getProperty("java.home"),
                "let JAVA_HOME name a JDK 25");
        environment.remove("GODWIT_JDK_PASSED_OVER");
        environment.put("JAVA_HOME", "/opt/java-21");
        finds(examine(), Ailment.JDK_PASSED_OVER, "JAVA_HOME", "it names /opt/java-21", "Nothing needs to be done");
    }

    @Test
    @Seeds(Ailment.PROGRAM_MISSING)
    void missesAProgram() throws IOException {
        Files.delete(folder.resolve("bin/virt-v2v-in-place"));
        finds(examine(), Ailment.PROGRAM_MISSING, "PATH " + folder.resolve("bin"), "it converts guests", "apt-get install virt-v2v");
    }

    @Test
    @Seeds(Ailment.PROGRAM_BROKEN)
    void findsAProgramWithoutItsLibraries() throws IOException {
        program("qemu-img", "echo 'qemu-img: error while loading shared libraries: liburing.so.2' >&2; exit 127");
        finds(examine(), Ailment.PROGRAM_BROKEN, folder.resolve("bin/qemu-img"), "it ended with 127: qemu-img: error while loading shared",
                "apt-get install --reinstall qemu-utils");
    }

    @Test
    @Seeds(Ailment.PROGRAM_FOREIGN)
    void findsAProgramForAnotherProcessor() throws IOException {
        var qemu = folder.resolve("bin/qemu-system-x86_64");
        Files.delete(qemu);
        var header = new byte[64];
        System.arraycopy(new byte[]{0x7f, 'E', 'L', 'F', 2, 1, 1}, 0, header, 0, 7);
        header[16] = 2;
        header[18] = (byte) 243; // riscv
        Files.write(qemu, header);
        open(qemu);
        finds(examine(), Ailment.PROGRAM_FOREIGN, qemu, "it is made for riscv",
                "Take " + qemu + " off the PATH, and apt-get install qemu-system-x86");
    }

    @Test
    @Seeds(Ailment.PROGRAM_OLD)
    void findsAnOldProgram() throws IOException {
        program("virt-v2v-in-place", "echo 'virt-v2v-in-place 1.44.2'");
        finds(examine(), Ailment.PROGRAM_OLD, folder.resolve("bin/virt-v2v-in-place"), "it is virt-v2v-in-place 1.44.2",
                "Bring virt-v2v up to version 2.2 or later");
    }

    private void nbdkitWith(String kind, String... parts) throws IOException {
        var parted = Files.createDirectories(folder.resolve(kind));
        for (var each : parts) {
            Files.writeString(parted.resolve("nbdkit-" + each + "-" + kind + ".so"), "");
        }
        program("nbdkit",
                "[ \"$1\" != --dump-config ] || { /usr/bin/nbdkit --dump-config | /bin/sed 's,^" + kind + "dir=.*," + kind + "dir="
                        + parted + ",'; exit; }\nexec /usr/bin/nbdkit \"$@\"");
    }

    @Test
    @Seeds(Ailment.NBDKIT_PLUGIN_MISSING)
    void missesAPlugin() throws IOException {
        nbdkitWith("plugin", "file", "ssh");
        finds(examine(), Ailment.NBDKIT_PLUGIN_MISSING, folder.resolve("plugin"),
                "it has no nbdkit-curl-plugin.so, which reads disks behind https",
                "apt-get install nbdkit-plugin-curl");
    }

    @Test
    @Seeds(Ailment.NBDKIT_FILTER_MISSING)
    void missesAFilter() throws IOException {
        nbdkitWith("filter", "offset");
        finds(examine(), Ailment.NBDKIT_FILTER_MISSING, folder.resolve("filter"), "it has no nbdkit-retry-filter.so",
                "nbdkit-basic-filters");
    }

    @Test
    @Seeds(Ailment.LIBGUESTFS_BINDING_MISSING)
    void missesTheBinding() throws IOException {
        Files.delete(root.resolve("usr/share/java/libguestfs-1.48.6.jar"));
        finds(examine(), Ailment.LIBGUESTFS_BINDING_MISSING, root.resolve("usr/share/java"), "no libguestfs*.jar",
                "apt-get install libguestfs-java");
    }

    @Test
    @Seeds(Ailment.KERNEL_MISSING)
    void missesAKernel() throws IOException {
        Files.delete(root.resolve("boot/vmlinuz-6.1"));
        finds(examine(), Ailment.KERNEL_MISSING, root.resolve("boot"), "no vmlinuz-*", "apt-get install linux-image-cloud-amd64");
    }

    @Test
    @Seeds(Ailment.KERNEL_UNREADABLE)
    void findsAKernelThatOnlyRootMayRead() throws IOException, InterruptedException {
        Files.setPosixFilePermissions(root.resolve("boot/vmlinuz-6.1"), PosixFilePermissions.fromString("rw-------"));
        giveToNobody(data);
        finds(examineAsNobody(), Ailment.KERNEL_UNREADABLE, root.resolve("boot/vmlinuz-6.1"),
                "of root:root with the rights rw-------, and this is user nobody",
                "chmod 0644");
    }

    @Test
    @Seeds(Ailment.KERNEL_WITHOUT_MODULES)
    void findsAKernelWithoutModules() throws IOException {
        Files.delete(root.resolve("lib/modules/6.1/modules.dep"));
        Files.delete(root.resolve("lib/modules/6.1"));
        finds(examine(), Ailment.KERNEL_WITHOUT_MODULES, root.resolve("boot/vmlinuz-6.1"), root.resolve("lib/modules/6.1").toString(),
                "brings a kernel with its modules");
    }

    @Test
    @Seeds(Ailment.APPLIANCE_PARTS_MISSING)
    void findsAPathThatLeadsToNoAppliance() {
        environment.put("LIBGUESTFS_PATH", "/nowhere/guestfs");
        finds(examine(), Ailment.APPLIANCE_PARTS_MISSING, "LIBGUESTFS_PATH /nowhere/guestfs", "neither supermin.d nor README.fixed",
                "unset LIBGUESTFS_PATH");
    }

    @Test
    @Seeds(Ailment.APPLIANCE_CACHE_FOREIGN)
    void findsAnApplianceOfAnotherUser() throws IOException, InterruptedException {
        var left = Files.createDirectories(root.resolve("var/tmp/.guestfs-0"));
        command("chown", "daemon:daemon", left.toString());
        finds(examine(), Ailment.APPLIANCE_CACHE_FOREIGN, left, "it is of daemon:daemon", "sudo rm -r " + left);
    }

    @Test
    @Seeds(Ailment.APPLIANCE_CACHE_FULL)
    void findsNoRoomForTheAppliance() throws IOException, InterruptedException {
        mountInMemory(root.resolve("var/tmp"), "size=1m");
        finds(examine(), Ailment.APPLIANCE_CACHE_FULL, root.resolve("var/tmp"), "1.0 MiB are free", "Free 600 MiB");
    }

    /// After an update of the kernel it is built anew, and then there is no room.
    @Test
    void findsNoRoomBesideAnAppliance() throws IOException, InterruptedException {
        mountInMemory(root.resolve("var/tmp"), "size=1m");
        var appliance = Files.createDirectory(root.resolve("var/tmp/.guestfs-0"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var seen = examine();
        var finding = seen.find("code", Ailment.APPLIANCE_CACHE_FULL.name());
        assertThat(finding.path("verdict").asString()).as("it may go on with what is there").isEqualTo("WARN");
        assertThat(finding.path("why").asString()).contains("1.0 MiB are free there, beside " + appliance, "after an update of the kernel");
        assertThat(seen.exitCode()).isZero();
        command("mount", "-o", "remount,size=1g", root.resolve("var/tmp").toString());
        assertThat(examine().find("subject", "appliance cache").path("verdict").asString()).isEqualTo("OK");
    }

    /// virt-v2v's temporary files lie in there, and never where TMPDIR says.
    @Test
    @Seeds(Ailment.RUNTIME_FOLDER_FULL)
    void findsAFullRuntimeFolder() throws IOException, InterruptedException {
        var run = root.resolve("run/godwit");
        mountInMemory(run, "size=1m");
        finds(examine(), Ailment.RUNTIME_FOLDER_FULL, run, "1.0 MiB are free there", "Free 64 MiB on the file system of " + run);
        command("mount", "-o", "remount,size=32m", run.toString());
        var scarce = examine();
        assertThat(scarce.find("code", Ailment.RUNTIME_FOLDER_FULL.name()).path("verdict").asString()).isEqualTo("WARN");
        assertThat(scarce.exitCode()).isZero();
    }

    private Path ownFolder() throws IOException {
        return Files.createDirectories(folder.resolve("home/.local/share/godwit/migrate"));
    }

    /// `migrate` has a server and a folder of its own, which `--data` does not name.
    @Test
    void looksAtTheFolderOfMigrateToo() throws IOException, InterruptedException {
        var own = ownFolder();
        assertThat(examine().find("subject", "`migrate` folder").path("what").asString()).isEqualTo(own.toString());
        var lock = own.resolve(".lock");
        try (var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE); var held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            var seen = examine();
            finds(seen, Ailment.DATA_FOLDER_LOCKED, lock, "process " + ProcessHandle.current().pid() + " (", "end the process");
            assertThat(seen.find("code", Ailment.DATA_FOLDER_LOCKED.name()).path("subject").asString()).isEqualTo("`migrate` folder");
            var server = server(own);
            try {
                assertThat(examine().find("subject", "`migrate` folder").path("what").asString()).as("held by a server that answers")
                        .isEqualTo(own + ", where a server is at work");
            } finally {
                server.stop(0);
            }
        }
        giveToNobody(data);
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
        finds(examineAsNobody(), Ailment.DATA_FOLDER_UNWRITABLE, own, "of root:root with the rights rwx------, and this is user nobody",
                "Run as the folder's owner");
    }

    /// As one that `migrate` started looks from outside.
    private static HttpServer server(Path own) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var answer = "{\"status\":\"UP\",\"node\":\"n1\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            try (var body = exchange.getResponseBody()) {
                body.write(answer);
            }
        });
        server.start();
        Files.writeString(own.resolve("server.json"), "{\"url\":\"http://127.0.0.1:" + server.getAddress().getPort() + "\"}");
        Files.writeString(own.resolve("node-id"), "n1\n");
        var token = Files.writeString(own.resolve("token"), "secret\n");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        return server;
    }

    /// The table shows what `godwit explain` takes.
    @Test
    void showsTheCodeOfAFindingInItsTable() throws IOException {
        Files.delete(root.resolve("boot/vmlinuz-6.1"));
        var out = new StringWriter();
        int code = Godwit.run(new Surroundings(new PrintWriter(out), new PrintWriter(out), environment, 0, 24, true,
                Clock.system(ZoneId.systemDefault()), _ -> {
                }, System.getProperty("java.class.path", ""), ""), "doctor", "--root", root.toString(), "--data", data.toString(), "--port",
                "" + port);
        assertThat(code).isOne();
        assertThat(out.toString())
                .contains("FAIL  kernel for libguestfs  " + Ailment.KERNEL_MISSING.what() + "\n      code:   KERNEL_MISSING\n");
    }

    @Test
    @Seeds({Ailment.LIBGUESTFS_HV_WRONG, Ailment.LIBGUESTFS_BACKEND_IGNORED, Ailment.LIBGUESTFS_SETTINGS_CONTRADICT})
    void findsSettingsOfLibguestfsThatMislead() {
        environment.put("LIBGUESTFS_BACKEND", "libvirt");
        finds(examine(), Ailment.LIBGUESTFS_BACKEND_IGNORED, "LIBGUESTFS_BACKEND", "it is 'libvirt'", "Unset LIBGUESTFS_BACKEND");
        environment.put("LIBGUESTFS_BACKEND_SETTINGS", "force_kvm");
        finds(examine(), Ailment.LIBGUESTFS_SETTINGS_CONTRADICT, "LIBGUESTFS_BACKEND_SETTINGS", "it is 'force_kvm', and KVM runs no guest",
                "Unset LIBGUESTFS_BACKEND_SETTINGS");
        environment.put("LIBGUESTFS_HV", "/usr/libexec/qemu-kvm-of-another-distribution");
        finds(examine(), Ailment.LIBGUESTFS_HV_WRONG, "LIBGUESTFS_HV", "/usr/libexec/qemu-kvm-of-another-distribution is no program",
                "qemu-system-x86_64");
    }

    @Test
    @Seeds(Ailment.KVM_MISSING)
    void missesKvm() throws IOException {
        file("proc/cpuinfo", "flags\t\t: fpu vme ssse3 vmx\n");
        finds(examine(), Ailment.KVM_MISSING, root.resolve("dev/kvm"), "the kernel's module is not loaded", "load kvm_intel or kvm_amd");
        file("proc/cpuinfo", "flags\t\t: fpu vme ssse3\n");
        finds(examine(), Ailment.KVM_MISSING, root.resolve("dev/kvm"), "neither vmx nor svm", "Turn virtualisation on");
    }

    private Path device(Path file, String rights) throws IOException, InterruptedException {
        Files.createDirectories(file.getParent());
        command("mknod", "-m", rights, file.toString(), "c", "1", "3"); // that of /dev/null: it opens, and is no KVM
        return file;
    }

    @Test
    @Seeds(Ailment.KVM_FORBIDDEN)
    void findsKvmWithoutRights() throws IOException, InterruptedException {
        var device = device(root.resolve("dev/kvm"), "660");
        command("chgrp", "daemon", device.toString());
        giveToNobody(data);
        finds(examineAsNobody(), Ailment.KVM_FORBIDDEN, device, "of root:daemon with the rights rw-rw----, and this is user nobody",
                "sudo usermod -aG daemon nobody");
    }

    @Test
    @Seeds(Ailment.KVM_UNUSABLE)
    void findsKvmThatRunsNoGuest() throws IOException, InterruptedException {
        device(root.resolve("dev/kvm"), "666");
        var dev = Files.createDirectories(folder.resolve("dev"));
        device(dev.resolve("kvm"), "666");
        device(dev.resolve("null"), "666");
        command("mknod", "-m", "666", dev.resolve("urandom").toString(), "c", "1", "9");
        command("mknod", "-m", "666", dev.resolve("random").toString(), "c", "1", "8");
        command("mknod", "-m", "666", dev.resolve("zero").toString(), "c", "1", "5");
        environment.put("PATH", folder.resolve("bin") + ":/usr/bin:/bin:/usr/sbin:/sbin");
        var seen = examineBy("/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount --bind " + dev + " /dev && exec \"$@\"", "sh");
        finds(seen, Ailment.KVM_UNUSABLE, root.resolve("dev/kvm"), "guest code does not run under kvm", "does without by itself");
    }

    @Test
    @Seeds(Ailment.KVM_NOT_TRIED)
    void saysWhereKvmCouldNotBeTried() throws IOException, InterruptedException {
        device(root.resolve("dev/kvm"), "666");
        var out = new StringWriter();
        int code = Godwit
                .run(new Surroundings(new PrintWriter(out), new PrintWriter(out), environment, 0, 24, true, Clock.systemUTC(), _ -> {
                }, folder.resolve("no-worker").toString(), ""), words());
        var seen = new Seen(code, Rest.JSON.readTree(out.toString()).path("items"), out.toString());
        finds(seen, Ailment.KVM_NOT_TRIED, root.resolve("dev/kvm"), "main class io.godwit.convert.KvmProbeMain", "Start by ./godwit");
    }

    @Test
    @Seeds(Ailment.FIRMWARE_MISSING)
    void missesTheFirmware() throws IOException {
        Files.delete(root.resolve("usr/share/OVMF/OVMF_CODE_4M.fd"));
        finds(examine(), Ailment.FIRMWARE_MISSING, root.resolve("usr/share/OVMF"), "no OVMF_CODE*.fd", "apt-get install ovmf");
    }

    private static void giveToNobody(Path path) throws IOException, InterruptedException {
        command("chown", "-R", NOBODY + ":" + NOBODY, path.toString());
    }

    @Test
    @Seeds(Ailment.DATA_FOLDER_UNWRITABLE)
    void findsADataFolderOfAnotherUser() throws IOException, InterruptedException {
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        finds(examineAsNobody(), Ailment.DATA_FOLDER_UNWRITABLE, data, "of root:root with the rights rwx------, and this is user nobody",
                "Run as the folder's owner");
        open(data);
        mountInMemory(data, "size=2g,ro");
        finds(examine(), Ailment.DATA_FOLDER_UNWRITABLE, data, "its file system is mounted read-only", "choose another with --data");
    }

    @Test
    @Seeds(Ailment.DATA_FOLDER_FULL)
    void findsAFullDataFolder() throws IOException, InterruptedException {
        mountInMemory(data, "size=1m");
        finds(examine(), Ailment.DATA_FOLDER_FULL, data, "1.0 MiB are free there", "Free some GiB on the file system of " + data);
    }

    @Test
    @Seeds(Ailment.DATA_FOLDER_IN_MEMORY)
    void findsADataFolderInMemory() throws IOException, InterruptedException {
        mountInMemory(data, "size=4g");
        finds(examine(), Ailment.DATA_FOLDER_IN_MEMORY, data, "its file system is tmpfs", "a folder on a disk");
    }

    @Test
    @Seeds(Ailment.DATA_FOLDER_LOCKED)
    void findsWhoHoldsTheDataFolder() throws IOException {
        var lock = data.resolve(".lock");
        try (var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE); var held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            finds(examine(), Ailment.DATA_FOLDER_LOCKED, lock, "process " + ProcessHandle.current().pid() + " (", "end the process");
        }
    }

    @Test
    @Seeds(Ailment.SERVER_DIED)
    void findsAServerThatWasKilled() throws IOException {
        Files.writeString(data.resolve(".lock"), "");
        Files.writeString(data.resolve("server.json"),
                "{\"pid\":1,\"url\":\"http://127.0.0.1:" + port + "\",\"startedAt\":\"2026-01-01T00:00:00Z\"}");
        finds(examine(), Ailment.SERVER_DIED, data, "nobody holds " + data.resolve(".lock"), "godwit serve --data " + data);
    }

    @Test
    @Seeds(Ailment.TOKEN_EXPOSED)
    void findsATokenThatOthersMayRead() throws IOException {
        var token = Files.writeString(data.resolve("token"), "secret");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
        var seen = examine();
        finds(seen, Ailment.TOKEN_EXPOSED, token, "its rights are rw-r--r--", "chmod 600 " + token);
        assertThat(seen.text()).doesNotContain("secret");
    }

    @Test
    @Seeds(Ailment.TOKEN_UNREADABLE)
    void findsATokenOfAnotherUser() throws IOException, InterruptedException {
        giveToNobody(data);
        var token = Files.writeString(data.resolve("token"), "secret");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        finds(examineAsNobody(), Ailment.TOKEN_UNREADABLE, token, "of root:root with the rights rw-------",
                "Run commands as the server's user");
    }

    @Test
    @Seeds(Ailment.PORT_TAKEN)
    void findsWhoTookThePort() throws IOException {
        try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(taken.isBound()).isTrue();
            finds(examine(), Ailment.PORT_TAKEN, "127.0.0.1:" + port, "process " + ProcessHandle.current().pid() + " (", "another --port");
        }
    }

    @Test
    @Seeds({Ailment.RUNTIME_FOLDER_MISSING, Ailment.RUNTIME_FOLDER_FOREIGN})
    void findsARuntimeFolderThatIsNoneOfOurs() throws IOException, InterruptedException {
        giveToNobody(data);
        environment.put("XDG_RUNTIME_DIR", "/run/user/of-nobody");
        finds(examineAsNobody(), Ailment.RUNTIME_FOLDER_MISSING, "XDG_RUNTIME_DIR /run/user/of-nobody", "it is no folder",
                "loginctl enable-linger nobody");
        environment.remove("XDG_RUNTIME_DIR");
        var foreign = Files.createDirectories(root.resolve("tmp/godwit-nobody"));
        finds(examineAsNobody(), Ailment.RUNTIME_FOLDER_FOREIGN, foreign, "it is of root:root", "Remove " + foreign);
    }

    @Test
    @Seeds(Ailment.SERVER_REFUSES)
    void findsAServerThatFails() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        server.start();
        try {
            Files.writeString(data.resolve("server.json"), "{\"url\":\"http://127.0.0.1:" + port + "\"}");
            var seen = examine();
            var finding = seen.find("code", Ailment.SERVER_REFUSES.name());
            assertThat(finding.path("verdict").asString()).isEqualTo("FAIL");
            assertThat(finding.path("what").asString() + finding.path("why").asString()).contains("500");
            assertThat(seen.exitCode()).isOne();
        } finally {
            server.stop(0);
        }
    }

    @Test
    @Seeds(Ailment.TEMPORARY_FOLDER_UNUSABLE)
    void findsATemporaryFolderThatIsNone() {
        environment.put("TMPDIR", folder.resolve("gone").toString());
        var seen = examine();
        finds(seen, Ailment.TEMPORARY_FOLDER_UNUSABLE, folder.resolve("gone"), "TMPDIR names it, and it is no folder", "Unset TMPDIR");
        assertThat(seen.items().valueStream().filter(each -> each.path("verdict").asString().equals("FAIL"))
                .map(each -> each.path("code").asString())).as("no program is called broken for it")
                .containsExactly("TEMPORARY_FOLDER_UNUSABLE");
    }

    @Test
    @Seeds(Ailment.TEMPORARY_FOLDER_FULL)
    void findsAFullTemporaryFolder() throws IOException, InterruptedException {
        var full = folder.resolve("full");
        mountInMemory(full, "size=1m");
        environment.put("TMPDIR", full.toString());
        finds(examine(), Ailment.TEMPORARY_FOLDER_FULL, full, "1.0 MiB are free there", "let TMPDIR name another folder");
    }

    @Test
    @Seeds({Ailment.POOL_MISSING, Ailment.POOL_UNWRITABLE, Ailment.POOL_FULL, Ailment.POOL_IN_MEMORY})
    void findsPoolsThatCannotBeUsed() throws IOException, InterruptedException {
        var pool = folder.resolve("mounted/pool");
        options.addAll(List.of("--pool", pool.toString()));
        finds(examine(), Ailment.POOL_MISSING, pool, "neither it nor its parent", "Mount the file system");
        mountInMemory(pool, "size=20g");
        finds(examine(), Ailment.POOL_IN_MEMORY, pool, "its file system is tmpfs", "for tries only");
        command("mount", "-o", "remount,size=1m", pool.toString());
        finds(examine(), Ailment.POOL_FULL, pool, "1.0 MiB are free there", "Free space on the file system of " + pool);
        command("mount", "-o", "remount,ro", pool.toString());
        finds(examine(), Ailment.POOL_UNWRITABLE, pool, "its file system is mounted read-only", "Mount it writable");
    }

    private void database(String url, String user, String password) throws IOException {
        options.clear();
        options.addAll(List.of("--database", url, "--database-user", user));
        if (!password.isEmpty()) {
            options.addAll(List.of("--database-password-file", Files.writeString(folder.resolve("password"), password + "\n").toString()));
        }
    }

    /// Whom pg_hba.conf lets in with a password only.
    private static void makeGuarded(StoreSettings.PostgreSql database) throws SQLException {
        try (var connection = DriverManager.getConnection(database.url(), database.user(), "");
                var statement = connection.createStatement()) {
            statement.execute("drop role if exists guarded");
            statement.execute("create role guarded login password 'right'");
        }
    }

    @Test
    void findsAHealthyDatabaseHealthy(StoreSettings.PostgreSql database) throws IOException {
        database(database.url(), database.user(), "");
        assertThat(examine().find("subject", "database").path("what").asString()).startsWith("PostgreSQL ")
                .endsWith(" at " + database.url());
    }

    @Test
    @Seeds(Ailment.DATABASE_UNREACHABLE)
    void findsNoDatabaseServer() throws IOException {
        database("jdbc:postgresql://127.0.0.1:" + port + "/godwit", "godwit", "");
        finds(examine(), Ailment.DATABASE_UNREACHABLE, "127.0.0.1:" + port, "refused", "listen_addresses");
    }

    @Test
    @Seeds(Ailment.DATABASE_REFUSES)
    void findsAWrongPassword(StoreSettings.PostgreSql database) throws IOException, SQLException {
        makeGuarded(database);
        database(database.url(), "guarded", "");
        finds(examine(), Ailment.DATABASE_REFUSES, database.url(), "no password was provided", "\\password guarded");
        database(database.url(), "guarded", "wrong");
        finds(examine(), Ailment.DATABASE_REFUSES, database.url(), "password authentication failed for user \"guarded\"",
                "\\password guarded");
    }

    @Test
    @Seeds(Ailment.DATABASE_MISSING)
    void missesTheDatabase(StoreSettings.PostgreSql database) throws IOException {
        var url = database.url().replaceFirst("[^/]*$", "elsewhere");
        database(url, database.user(), "");
        finds(examine(), Ailment.DATABASE_MISSING, url, "\"elsewhere\" does not exist", "createdb --owner godwit");
    }

    @Test
    @Seeds(Ailment.DATABASE_FOREIGN)
    void findsADatabaseOfSomebodyElse(StoreSettings.PostgreSql database) throws IOException, SQLException {
        makeGuarded(database);
        database(database.url(), "guarded", "right");
        finds(examine(), Ailment.DATABASE_FOREIGN, database.url(), "the role guarded may make no tables", "owner to guarded");
    }

    @Test
    @Seeds(Ailment.DATABASE_PASSWORD_HIDDEN)
    void findsAPasswordThatTheUserMayNotRead() throws IOException, InterruptedException {
        options.addAll(List.of("--database", "jdbc:postgresql://127.0.0.1:" + port + "/godwit", "--database-password-file",
                folder.resolve("password").toString()));
        finds(examine(), Ailment.DATABASE_PASSWORD_HIDDEN, folder.resolve("password"), "no such file", "chmod 600");
        Files.writeString(folder.resolve("password"), "secret");
        Files.setPosixFilePermissions(folder.resolve("password"), PosixFilePermissions.fromString("rw-------"));
        giveToNobody(data);
        finds(examineAsNobody(), Ailment.DATABASE_PASSWORD_HIDDEN, folder.resolve("password"), "of root:root with the rights rw-------",
                "chmod 600");
    }

    /// No such program is to be had any more, so that only its greeting is spoken.
    @Test
    @Seeds(Ailment.DATABASE_OLD)
    void findsAnOldDatabaseServer() throws Exception {
        try (var old = new OldPostgreSql("9.6.24")) {
            database(old.url(), "godwit", "");
            finds(examine(), Ailment.DATABASE_OLD, old.url(), "PostgreSQL 9.6.24", "version 15");
        }
    }

    @Test
    @Seeds(Ailment.OPEN_FILES_FEW)
    void findsALowLimitOfOpenFiles() throws IOException, InterruptedException {
        finds(examineBy("/usr/bin/prlimit", "--nofile=256:256"), Ailment.OPEN_FILES_FEW, "ulimit -n", "it is 256", "LimitNOFILE=65536");
    }

    @Test
    @Seeds(Ailment.MEMORY_LITTLE)
    void findsLittleMemory() throws IOException {
        file("proc/meminfo", "MemAvailable:   1048576 kB\n");
        finds(examine(), Ailment.MEMORY_LITTLE, root.resolve("proc/meminfo"), "1.0 GiB available", "godwit.limits.conversions=1");
    }

    @Test
    @Seeds(Ailment.MEMORY_LIMITED)
    void findsAContainersLimitOfMemory() throws IOException {
        file("proc/self/cgroup", "0::/system.slice/godwit.service\n");
        file("sys/fs/cgroup/system.slice/godwit.service/memory.max", "max\n");
        file("sys/fs/cgroup/system.slice/memory.max", "2147483648\n");
        finds(examine(), Ailment.MEMORY_LIMITED, root.resolve("sys/fs/cgroup/system.slice/memory.max"), "it is 2.0 GiB", "MemoryMax=");
        file("proc/self/cgroup", "9:memory:/docker/1\n3:cpu:/docker/1\n");
        file("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "1073741824\n");
        finds(examine(), Ailment.MEMORY_LIMITED, "memory/docker/1/memory.limit_in_bytes", "it is 1.0 GiB", "docker --memory");
    }

    @Test
    @Seeds(Ailment.CLOCK_BEHIND)
    void findsAClockBeforeTheBuild() throws IOException, InterruptedException {
        var starter = "/usr/bin/touch -d 2099-01-01T00:00:00Z '" + folder.resolve("lib/cli") + "'; exec \"$@\"";
        finds(examineBy("/bin/sh", "-c", starter, "sh"), Ailment.CLOCK_BEHIND, "the clock", "built at 2099-01-01",
                "timedatectl set-ntp true");
    }

    @Test
    @Seeds(Ailment.LOCALE_NOT_UTF8)
    void findsALocaleWithoutUmlauts() throws IOException, InterruptedException {
        environment.put("LC_ALL", "C");
        finds(examineBy(), Ailment.LOCALE_NOT_UTF8, "LC_ALL", "it is 'C', so that names of files are ANSI_X3.4-1968",
                "export LC_ALL=C.UTF-8");
    }
}
