package io.godwit.cli;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.cli.doctor.Ailment;
import io.godwit.cli.rest.Rest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The launcher's parts, in bash, on made-up machines.
class LauncherIT {
    private static final Path TOP = Path.of("../..").toAbsolutePath().normalize();
    @TempDir
    Path machine = Path.of("");

    private record Said(int exitCode, String text) {}

    /// Runs words of bash after the launcher's parts, with nothing but the machine's own PATH folder before the system's.
    private Said bash(String words) throws IOException, InterruptedException {
        var output = machine.resolve("output.txt");
        var script = "set -euo pipefail; here='" + machine + "' dist='" + machine + "/target/dist' parts='" + TOP + "/deploy/launcher'; "
                + "say() { printf '%s\\n' \"$*\"; }; die() { code=$1; shift; printf '%s\\n' \"$@\"; exit $code; }; "
                + ". $parts/jdk.sh; . $parts/java.sh; . $parts/packages.sh; " + words;
        var builder = new ProcessBuilder("/bin/bash", "-c", script).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", machine.resolve("bin") + ":/usr/bin:/bin");
        builder.environment().put("HOME", machine.toString());
        builder.environment().put("GODWIT_JDK_FOLDERS", machine + "/jvm/*");
        var process = builder.start();
        assertThat(process.waitFor(30, SECONDS)).isTrue();
        return new Said(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    private void program(String path, String text) throws IOException {
        var file = machine.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/bash\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void jdk(String name, String release, String javac) throws IOException {
        program("jvm/" + name + "/bin/java", "");
        program("jvm/" + name + "/bin/javac", "echo 'javac " + javac + "'");
        if (!release.isEmpty()) {
            Files.writeString(machine.resolve("jvm/" + name + "/release"), release);
        }
    }

    @Test
    void findsTheJdk25AmongOthers() throws IOException, InterruptedException {
        jdk("a-17", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n", "17.0.15");
        jdk("b-250", "JAVA_VERSION=\"250\"\n", "250");
        jdk("c-25", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"25.0.3\"", "25.0.3");
        assertThat(bash("find_jdk; echo $JAVA_HOME")).isEqualTo(new Said(0, machine + "/jvm/c-25\n"));
    }

    @Test
    void asksTheCompilerOfAJdkWithoutAReleaseFile() throws IOException, InterruptedException {
        jdk("own", "", "25-internal");
        jdk("own2", "", "25");
        assertThat(bash("find_jdk; echo $JAVA_HOME").text()).isEqualTo(machine + "/jvm/own2\n");
    }

    @Test
    void prefersJavaHomeAndDistrustsOneThatIsNo25() throws IOException, InterruptedException {
        jdk("a", "JAVA_VERSION=\"25\"\n", "25");
        jdk("z", "JAVA_VERSION=\"25.0.1\"\n", "25.0.1");
        jdk("old", "JAVA_VERSION=\"21\"\n", "21");
        assertThat(bash("JAVA_HOME=$here/jvm/z; find_jdk; echo $JAVA_HOME").text()).isEqualTo(machine + "/jvm/z\n");
        assertThat(bash("JAVA_HOME=$here/jvm/old; find_jdk; echo $JAVA_HOME").text()).isEqualTo(machine + "/jvm/a\n");
    }

    @Test
    void saysWhatToDoWithoutAJdk25() throws IOException, InterruptedException {
        program("bin/javac", "echo 'javac 17'");
        var said = bash("find_jdk");
        assertThat(said.exitCode()).isEqualTo(10);
        assertThat(said.text()).contains("no JDK 25 was found").contains("apt-get install openjdk-25-jdk-headless").contains("JAVA_HOME");
    }

    /// The launcher itself, without any JDK: the doctor cannot run, and says so as it says everything.
    private Said launcher(Path launcher, String... words) throws IOException, InterruptedException {
        var output = machine.resolve("output.txt");
        var command = new ArrayList<>(List.of("/bin/bash", launcher.toString()));
        command.addAll(List.of(words));
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", machine.resolve("bin") + ":/usr/bin:/bin");
        builder.environment().put("HOME", machine.toString());
        builder.environment().put("JAVA_HOME", machine + "/of \"Java\" 17");
        builder.environment().put("GODWIT_JDK_FOLDERS", machine + "/jvm/*");
        var process = builder.start();
        assertThat(process.waitFor(30, SECONDS)).isTrue();
        return new Said(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    /// A tree that was built remembers the JDK that it was built by; without that it is one that was just cloned.
    @Test
    @Seeds(Ailment.JDK_MISSING)
    void theDoctorFindsThatThereIsNoJdk25() throws IOException, InterruptedException {
        var tree = Files.createDirectories(machine.resolve("tree/deploy"));
        Files.createSymbolicLink(tree.resolve("launcher"), TOP.resolve("deploy/launcher"));
        Files.copy(TOP.resolve("godwit"), machine.resolve("tree/godwit"));
        jdk("a-17", "JAVA_VERSION=\"17.0.15\"\n", "17.0.15");
        program("bin/javac", "echo 'javac 17'");
        for (var words : List.of("-o json", "-ojson", "--output json", "--output=json", "--port 1 -o=yaml --pool /x")) {
            var said = launcher(machine.resolve("tree/godwit"), ("doctor " + words).split(" ", -1));
            assertThat(said.exitCode()).as(words).isEqualTo(10);
            var items = Rest.JSON.readTree(said.text()).path("items");
            assertThat(items.size()).isOne();
            var finding = items.path(0);
            assertThat(finding.propertyNames()).containsExactly("verdict", "subject", "code", "what", "where", "why", "remedy");
            assertThat(finding.path("verdict").asString()).isEqualTo("FAIL");
            assertThat(finding.path("code").asString()).isEqualTo(Ailment.JDK_MISSING.name());
            assertThat(finding.path("subject").asString()).isEqualTo(Ailment.JDK_MISSING.subject());
            assertThat(finding.path("what").asString()).isEqualTo(Ailment.JDK_MISSING.what());
            assertThat(finding.path("remedy").asString()).isEqualTo(Ailment.JDK_MISSING.remedy());
            assertThat(finding.path("where").asString()).isEqualTo("JAVA_HOME");
            assertThat(finding.path("why").asString()).contains("JAVA_HOME (" + machine + "/of \"Java\" 17)",
                    "the javac on the PATH (" + machine + "/bin/javac)");
        }
        var table = launcher(machine.resolve("tree/godwit"), "doctor");
        assertThat(table.exitCode()).isEqualTo(10);
        assertThat(table.text().lines()).startsWith("FAIL  JDK                    " + Ailment.JDK_MISSING.what(),
                "      code:   JDK_MISSING", "      where:  JAVA_HOME");
        assertThat(launcher(machine.resolve("tree/godwit"), "plan", "list").text()).startsWith("godwit: no JDK 25 was found.");
    }

    @Test
    void tellsTheDoctorWhatJavaHomeNamed() throws IOException, InterruptedException {
        jdk("a", "JAVA_VERSION=\"25\"\n", "25");
        jdk("old", "JAVA_VERSION=\"21\"\n", "21");
        var told = "; echo ${GODWIT_JDK_PASSED_OVER-nothing}";
        assertThat(bash("JAVA_HOME=$here/jvm/old; find_jdk" + told).text()).isEqualTo(machine + "/jvm/old\n");
        assertThat(bash("JAVA_HOME=$here/jvm/a; find_jdk" + told).text()).isEqualTo("nothing\n");
        assertThat(bash("find_jdk" + told).text()).isEqualTo("nothing\n");
    }

    @Test
    void tellsWhoIsNotRootTheExactCommand() throws IOException, InterruptedException {
        program("bin/id", "echo 1000");
        program("bin/apt-get", "echo must not run; exit 1");
        var said = bash(
                "needs_of() { echo 'no-such-program-1 package-one'; echo '/no/such/*.jar package-two'; echo 'bash bash'; }; require_packages x");
        assertThat(said.exitCode()).isEqualTo(11);
        assertThat(said.text()).contains("sudo apt-get update && sudo apt-get install -y --no-install-recommends package-one package-two\n")
                .doesNotContain("must not run");
    }

    /// What its words need, and nothing that only tests do.
    @Test
    void tellsWhoMigratesWithoutRootTheExactCommand() throws IOException, InterruptedException {
        program("bin/id", "echo 1000");
        program("bin/apt-get", "echo must not run; exit 1");
        program("bin/dpkg", "echo amd64");
        var bare = "is_here() { false; }; prepare_to_migrate migrate a.ova --to pool";
        var install = "  sudo apt-get update && sudo apt-get install -y --no-install-recommends qemu-utils nbdkit util-linux";
        var said = bash(bare);
        assertThat(said.exitCode()).isEqualTo(11);
        assertThat(said.text().lines()).contains(install
                + " virt-v2v libguestfs-tools libguestfs-java linux-image-cloud-amd64 qemu-system-x86 ovmf");
        assertThat(bash(bare + " --no-convert --no-boot-check").text().lines()).contains(install);
        assertThat(bash(bare + " --help; echo help").text()).isEqualTo("help\n");
        assertThat(bash("is_here() { true; }; prepare_to_migrate migrate a.ova --to pool; prepare_to_serve; echo fine").text())
                .isEqualTo("fine\n");
    }

    @Test
    void installsWhatAMigrationNeedsAsRoot() throws IOException, InterruptedException {
        program("bin/id", "echo 0");
        program("bin/apt-get", "echo \"$@\" >>'" + machine + "/asked'; case \"$*\" in *virt-v2v*) touch '" + machine + "/came';; esac");
        var said = bash("policy_program=$here/policy-rc.d; is_here() { [ -e $here/came ]; }; prepare_to_migrate migrate a.ova --to pool; "
                + "echo $GODWIT_PACKAGES; needs_of() { echo must not look; }; prepare_to_serve");
        assertThat(said.exitCode()).as(said.text()).isZero();
        assertThat(said.text().lines()).endsWith("looked");
        assertThat(Files.readString(machine.resolve("asked"))).contains("qemu-utils nbdkit", "virt-v2v").doesNotContain("debootstrap",
                "postgresql", "strace", "gcc");
    }

    @Test
    void startsAServerAlsoWhereSomethingIsMissing() throws IOException, InterruptedException {
        program("bin/id", "echo 1000");
        program("bin/apt-get", "echo must not run; exit 1");
        var said = bash("is_here() { [ \"$1\" != nbdkit ]; }; prepare_to_serve; echo serves");
        assertThat(said.exitCode()).isZero();
        assertThat(said.text()).contains("apt-get install -y --no-install-recommends nbdkit\n", "the server starts without them.\nserves\n")
                .doesNotContain("must not run");
    }

    @Test
    void installsWhatIsMissingAsRootAndChecksThatItCame() throws IOException, InterruptedException {
        program("bin/id", "echo 0");
        program("bin/apt-get", "echo \"$@\" >>'" + machine + "/asked'; case \"$*\" in *package-one*) touch '" + machine + "/came';; esac");
        var needs = "policy_program=$here/policy-rc.d; needs_of() { echo \"$here/came package-one\"; }; ";
        assertThat(bash(needs + "require_packages x").exitCode()).isZero();
        assertThat(Files.readString(machine.resolve("asked"))).contains("install package-one");
        assertThat(machine.resolve("policy-rc.d")).doesNotExist();
        var said = bash("policy_program=$here/policy-rc.d; needs_of() { echo '/no/such package-two'; }; require_packages x");
        assertThat(said.exitCode()).isEqualTo(11);
        assertThat(said.text()).contains("/no/such is still not here");
    }

    @Test
    void showsWhyAptFailed() throws IOException, InterruptedException {
        program("bin/id", "echo 0");
        program("bin/apt-get", "echo 'E: Unable to fetch'; exit 100");
        var said = bash("policy_program=$here/policy-rc.d; needs_of() { echo '/no/such package-two'; }; require_packages x");
        assertThat(said.exitCode()).isEqualTo(11);
        assertThat(said.text()).contains("E: Unable to fetch").contains("apt-get could not install: package-two");
        assertThat(machine.resolve("policy-rc.d")).doesNotExist();
    }

    @Test
    void buildsAgainWhenContentsChangeAndNotWhenTheyDoNot() throws IOException, InterruptedException {
        for (var each : List.of("pom.xml", ".mvn/x", "build/x", "planner/A.java", "providers/x", "transfer/x", "converter/src/test/T.java",
                "api/x", "docs/reference/faults.md")) {
            Files.createDirectories(machine.resolve(each).getParent());
            Files.writeString(machine.resolve(each), "1");
        }
        var look = "built_is_current && echo current || echo stale";
        assertThat(bash(look).text()).isEqualTo("stale\n");
        Files.createDirectories(machine.resolve("target/dist"));
        bash("sources_digest >$dist/stamp");
        assertThat(bash(look).text()).isEqualTo("current\n");
        age(machine.resolve("target/dist/stamp"));
        assertThat(bash(look).text()).as("touched").isEqualTo("current\n");
        age(machine.resolve("target/dist/stamp"));
        Files.writeString(machine.resolve("converter/src/test/T.java"), "2");
        assertThat(bash(look).text()).as("a test changed").isEqualTo("current\n");
        age(machine.resolve("target/dist/stamp"));
        Files.writeString(machine.resolve("planner/A.java"), "2");
        assertThat(bash(look).text()).as("a source changed").isEqualTo("stale\n");
        Files.writeString(machine.resolve("planner/A.java"), "1");
        assertThat(bash(look).text()).isEqualTo("current\n");
        age(machine.resolve("target/dist/stamp"));
        Files.delete(machine.resolve("planner/A.java"));
        assertThat(bash(look).text()).as("a source is gone").isEqualTo("stale\n");
    }

    /// The training run is a real copy.
    @Test
    void trainsAWorkerThatWasBuiltBeforeThereWasAnNbdkit() throws IOException, InterruptedException {
        var home = Files.createDirectories(machine.resolve("target/dist/worker-1"));
        Files.writeString(machine.resolve("target/dist/worker"), "worker-1\n");
        Files.writeString(home.resolve("classpath"), "@a.jar");
        program("jvm/25/bin/java", "for word; do case $word in -XX:AOTCacheOutput=*) touch \"${word#*=}\" ;; esac done");
        bash("sources_digest >$dist/stamp");
        assertThat(bash("PATH=/nowhere; worker_is_untrained && echo untrained || echo nothing to do").text()).isEqualTo("nothing to do\n");
        program("bin/nbdkit", "");
        assertThat(bash("worker_is_untrained && echo untrained").text()).isEqualTo("untrained\n");
        var said = bash(
                "JAVA_HOME=" + machine + "/jvm/25; . $parts/build.sh; build; worker_is_untrained && echo untrained || echo trained");
        assertThat(said.text()).endsWith("trained\n");
        assertThat(home.resolve("app.aot")).exists();
    }

    private static void age(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    }

    @Test
    void spellsNamesOfFilesInUtf8WhereTheLocaleKnowsOnlyAscii() throws IOException, InterruptedException {
        var look = "spell_utf_8; echo ${LC_ALL-unset} ${LANG-unset}";
        assertThat(bash("export LC_ALL=C; " + look).text()).isEqualTo("C.UTF-8 unset\n");
        assertThat(bash("export LANG=no_SUCH.UTF-8; " + look).text()).isEqualTo("C.UTF-8 no_SUCH.UTF-8\n");
        assertThat(bash("export LANG=C.UTF-8; " + look).text()).isEqualTo("unset C.UTF-8\n");
        program("bin/locale", "echo ISO-8859-1"); // names the bytes of every file
        assertThat(bash("export LANG=de_DE; " + look).text()).endsWith("unset de_DE\n");
    }

    @Test
    void passesAServersWordsOnAsItsSettings() throws IOException, InterruptedException {
        Files.createDirectories(machine.resolve("target/dist/server-1"));
        Files.createDirectories(machine.resolve("target/dist/worker-1"));
        for (var each : List.of("server", "worker")) {
            Files.writeString(machine.resolve("target/dist/" + each), each + "-1\n");
            Files.writeString(machine.resolve("target/dist/" + each + "-1/classpath"), "@a.jar:@b.jar");
        }
        var said = bash("JAVA_HOME=/jdk; server_command --data=/d --port 7 --godwit.limits.total=3; printf '%s\\n' \"${command[@]}\"");
        assertThat(said.text().lines()).startsWith("/jdk/bin/java")
                .contains("--godwit.data=/d", "--godwit.port=7", "--godwit.limits.total=3",
                        "--godwit.worker.command[0]=/jdk/bin/java", "io.godwit.api.GodwitServer",
                        machine + "/target/dist/server-1/lib/a.jar:" + machine + "/target/dist/server-1/lib/b.jar")
                .noneMatch(each -> each.contains("AOT"));
        assertThat(bash("JAVA_HOME=/jdk; server_command --data").exitCode()).isEqualTo(2);
        assertThat(bash("JAVA_HOME=/jdk; server_command 7").exitCode()).isEqualTo(2);
    }

    /// Without it SHA-256 takes five times as long.
    @ParameterizedTest
    @CsvSource({"copy a b, 0, one", "copy a b --digest XXH3-128, 0, one", "copy a b, 1, both", "copy a b --digest=SHA-256, 0, both",
            "copy a b --digest SHA-256, 0, both", "copy nbds://host/disk b, 0, both", "copy nbd://host/disk b, 0, one",
            "copy a nbds+unix:///?socket=s, 0, both", "copy export:disk.json b, 0, both", "worker folder, 0, both"})
    void givesTheSecondCompilerToACopyThatComputesInJava(String words, int xxhash, String compilers) throws Exception {
        jdk("own", "JAVA_VERSION=\"25\"\n", "25");
        program("jvm/own/bin/java", "case \" $* \" in *' -XX:TieredStopAtLevel=1 '*) echo one ;; *) echo both ;; esac");
        assertThat(bash(
                "JAVA_HOME=$here/jvm/own; program() { home=h class_path=c; aot=(); }; compgen() { return " + xxhash + "; }; exec_worker "
                        + words))
                .isEqualTo(new Said(0, compilers + "\n"));
    }

    @Test
    void completesVerbsOptionsAndTheirValuesInBash() throws IOException, InterruptedException {
        var shell = new Shell();
        assertThat(shell.run("completion", "bash")).isZero();
        assertThat(shell.out()).doesNotContain("demo-migrate");
        Files.writeString(machine.resolve("completion.bash"), shell.out());
        var complete = "set +u; compopt() { :; }; source $here/completion.bash; complete_at() { COMP_LINE=\"$*\"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); "
                + "_complete_godwit; echo \"${COMPREPLY[*]}\"; }; ";
        assertThat(bash(complete + "complete_at godwit migr").text()).isEqualTo("migrate migration\n");
        assertThat(bash(complete + "complete_at godwit migrate --no-").text()).isEqualTo("--no-convert --no-boot-check\n");
        assertThat(bash(complete + "complete_at godwit plan list -o ''").text()).isEqualTo("table json yaml\n");
    }

    /// On a terminal, as a person types them: the script is that of bash, whose ways zsh has to take.
    @Test
    void completesVerbsOptionsAndTheirValuesInZsh() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/zsh")), "there is no zsh");
        var shell = new Shell();
        assertThat(shell.run("completion", "zsh")).isZero();
        Files.writeString(machine.resolve("completion.zsh"), shell.out());
        Files.writeString(machine.resolve("types.zsh"), """
                zmodload zsh/zpty
                TERM=dumb zpty shell zsh -f -i
                zpty -w shell "autoload -U compinit; compinit -u -D; source $1; PS1='> '; echo rea''dy"
                zpty -r shell said '*ready*'
                zpty -w -n shell $'godwit expl\\t'
                zpty -r shell said '*explain *'
                zpty -w -n shell $'\\C-ugodwit migra\\t\\t'
                zpty -r shell said '*migrate*migration*'
                zpty -w -n shell $'\\C-ugodwit plan list -o \\t\\t'
                zpty -r shell said '*json*table*yaml*'
                zpty -d shell
                print completed
                """);
        assertThat(bash("timeout 20 zsh -f $here/types.zsh $here/completion.zsh")).isEqualTo(new Said(0, "completed\n"));
    }

    /// A clone may lie in a folder that is called like those which hold no reports.
    @Test
    void sumsUpATreeInAFolderCalledSrc() throws IOException, InterruptedException {
        var reports = Files.createDirectories(machine.resolve("src/planner/model/target/surefire-reports"));
        Files.createDirectories(machine.resolve("src/build"));
        Files.copy(TOP.resolve("build/budgets.tsv"), machine.resolve("src/build/budgets.tsv"));
        Files.writeString(reports.resolve("TEST-a.xml"), """
                <testsuite name="io.godwit.model.SizeTest" time="1.5">
                  <testcase classname="io.godwit.model.SizeTest" name="adds" time="1"/>
                  <testcase classname="io.godwit.model.SizeTest" name="fails" time="0.5"><failure><![CDATA[java.lang.AssertionError:

                expected: 7
                 but was: 9
                \tat java.base/java.lang.Thread.run(Thread.java:1)
                \tat io.godwit.model.SizeTest.fails(SizeTest.java:40)
                ]]></failure></testcase>
                </testsuite>
                """);

        var said = bash(Path.of(System.getProperty("java.home"), "bin", "java")
                + " -XX:TieredStopAtLevel=1 $parts/TestSummary.java $here/src fast 7 0 90"); // Maven goes on after failures, and says 0

        assertThat(said.exitCode()).isEqualTo(1);
        assertThat(said.text()).contains("1 passed, 1 failed, 0 skipped", "planner/model  SizeTest.fails", "but was: 9",
                "at io.godwit.model.SizeTest.fails(SizeTest.java:40)").doesNotContain("Thread.java");
    }
}
