package io.godwit.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.godwit.process.ChildFailure.Reason;
import io.godwit.process.Command.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SupervisorIT {
    @TempDir
    Path folder;
    private Supervisor supervisor;

    @BeforeEach
    void supervise() {
        supervisor = new Supervisor(folder.resolve("tmp"));
    }

    @AfterEach
    void endAll() {
        supervisor.close();
    }

    @Test
    void givesBackWhatAProgramSays() {
        assertThat(supervisor.run(Command.of("echo", "two words", "$HOME; `id`"))).isEqualTo("two words $HOME; `id`\n");
    }

    @Test
    void passesOnNothingOfTheEnvironmentButTheAllowList() {
        var environment = supervisor.run(Command.of("env").environment("ASKED", "for"));
        assertThat(environment.lines().map(line -> line.substring(0, line.indexOf('='))))
                .contains("ASKED", "PATH", "TMPDIR", Supervisor.MARK)
                .isSubsetOf("ASKED", "PATH", "TMPDIR", Supervisor.MARK, "HOME", "TZ", "LC_ALL", "XDG_RUNTIME_DIR", "SSL_CERT_FILE",
                        "SSL_CERT_DIR", "PWD", "SHLVL", "_");
    }

    @Test
    void feedsStandardInput() {
        assertThat(supervisor.run(Command.of("cat").input("secret"))).isEqualTo("secret\n");
    }

    @Test
    void tellsExitCodeAndTheLastWords() {
        assertThatExceptionOfType(ChildFailure.class)
                .isThrownBy(() -> supervisor.run(Command.of("sh", "-c", "seq 1 1000 >&2; echo 'it is broken' >&2; exit 3")))
                .satisfies(failure -> {
                    assertThat(failure.reason()).isEqualTo(Reason.EXITED);
                    assertThat(failure.exitCode()).isEqualTo(3);
                    assertThat(failure.errorTail()).endsWith("1000\nit is broken").doesNotContain("\n500\n");
                });
    }

    @Test
    void namesThePackageOfAMissingProgram() {
        assertThatExceptionOfType(ChildFailure.class).isThrownBy(() -> supervisor.run(Command.of("/nowhere/nbdkit")))
                .matches(failure -> failure.reason() == Reason.MISSING);
        assertThatExceptionOfType(ChildFailure.class).isThrownBy(() -> supervisor.run(Command.of("no-such-program")))
                .withMessageContaining("no program no-such-program");
    }

    @Test
    void killsWhatPassesItsDeadline() {
        var child = supervisor.start(Command.of("sleep", "1000"));
        assertThatExceptionOfType(ChildFailure.class).isThrownBy(() -> child.awaitSuccess(Duration.ofMillis(200)))
                .matches(failure -> failure.reason() == Reason.DEADLINE);
        assertThat(ProcessHandle.of(child.pid())).isEmpty();
    }

    @Test
    void leavesNothingOfAChildBehindEvenWhatMovedToItsOwnSession() {
        var pids = new CopyOnWriteArrayList<Long>();
        var child = supervisor.start(Command
                .of("sh", "-c", "sleep 1001 & echo $!; setsid sleep 1002 & echo $!; setsid sh -c 'sleep 1003 & sleep 1004' & :")
                .output(Output.toLines(line -> pids.add(Long.parseLong(line)))));
        assertThat(child.await(Duration.ofSeconds(20))).hasValue(0);
        assertThat(pids).hasSize(2).allSatisfy(pid -> assertThat(isAlive(pid)).isFalse());
        assertThat(ProcessHandle.allProcesses().flatMap(process -> process.info().commandLine().stream()))
                .noneMatch(line -> line.matches(".*sleep 100[1-4]"));
    }

    @Test
    void leavesNothingBehindWhenTheChildIsKilled() throws Exception {
        var pids = new CopyOnWriteArrayList<Long>();
        var child = supervisor.start(Command.of("sh", "-c", "setsid sleep 1005 & echo $!; wait")
                .output(Output.toLines(line -> pids.add(Long.parseLong(line)))));
        await().until(() -> pids.size() == 1);
        ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();
        assertThat(child.onExit().get(20, SECONDS)).isEqualTo(137);
        assertThat(isAlive(pids.getFirst())).isFalse();
    }

    @Test
    void asksBeforeItKills() {
        var lines = new CopyOnWriteArrayList<String>();
        var polite = supervisor
                .start(Command.of("sh", "-c", "trap 'echo asked; exit 7' TERM; echo ready; while :; do sleep 0.05; done")
                        .output(Output.toLines(lines::add)));
        await().until(() -> lines.contains("ready"));
        assertThat(polite.stop(Duration.ofSeconds(20))).isEqualTo(7);
        assertThat(lines).contains("asked");
        var deaf = supervisor
                .start(Command.of("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done").output(Output.toLines(lines::add)));
        await().until(() -> lines.contains("deaf"));
        assertThat(deaf.stop(Duration.ofMillis(300))).isEqualTo(137);
    }

    @Test
    void leavesNothingBehindWhenItsCallerIsInterrupted() {
        var pids = new CopyOnWriteArrayList<Long>();
        var caller = Thread.currentThread();
        assertThatExceptionOfType(ChildFailure.class).isThrownBy(() -> supervisor.run(Command.of("sh", "-c", "echo $$; sleep 1006")
                .output(Output.toLines(line -> {
                    pids.add(Long.parseLong(line));
                    caller.interrupt();
                })))).matches(failure -> failure.reason() == Reason.INTERRUPTED);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(pids).hasSize(1).allSatisfy(pid -> assertThat(isAlive(pid)).isFalse());
    }

    @Test
    void leavesNothingBehindWhenTheStartIsInterrupted() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(ChildFailure.class).isThrownBy(() -> supervisor.start(Command.of("sleep", "1007")))
                .matches(failure -> failure.reason() == Reason.INTERRUPTED);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).toList()).isEmpty();
        assertThat(folder.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void endsAllChildrenAlsoWhenItIsInterrupted() {
        var children = List.of(supervisor.start(Command.of("sleep", "1008")), supervisor.start(Command.of("sleep", "1009")));
        Thread.currentThread().interrupt();
        supervisor.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(children).noneMatch(Child::isRunning);
    }

    @Test
    void keepsOutputInAFileAndGivesItLineByLine() throws IOException {
        var log = folder.resolve("log");
        var lines = new CopyOnWriteArrayList<String>();
        supervisor.run(Command.of("sh", "-c", "echo one; printf 'two\\r\\nthree'").output(Output.toFile(log).andLines(lines::add)));
        assertThat(log).hasContent("one\ntwo\r\nthree");
        assertThat(lines).containsExactly("one", "two", "three");
    }

    @Test
    void refusesAnAnswerWithoutEnd() {
        assertThatExceptionOfType(ChildFailure.class)
                .isThrownBy(() -> supervisor.run(Command.of("sh", "-c", "yes 0123456789 | head -n 200000")))
                .matches(failure -> failure.reason() == Reason.TOO_MUCH_OUTPUT);
    }

    @Test
    void givesAPrivateTemporaryDirectoryAndTakesItAway() {
        var where = Path.of(supervisor.run(Command.of("sh", "-c", "echo data > $TMPDIR/file; stat -c %a $TMPDIR; echo $TMPDIR")).lines()
                .peek(line -> assertThat(line).isIn(line.length() == 3 ? List.of("700") : List.of(line))).toList().getLast());
        assertThat(where.getParent()).isEqualTo(folder.resolve("tmp"));
        assertThat(where).doesNotExist();
    }

    @Test
    void childrenDieWithTheirParent() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var parent = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), SleepingParent.class.getName(),
                folder.resolve("other").toString()).redirectErrorStream(true).start();
        try (var said = new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            long pid = Long.parseLong(String.valueOf(said.readLine()));
            assertThat(isAlive(pid)).isTrue();
            parent.destroyForcibly().waitFor();
            await().untilAsserted(() -> assertThat(isAlive(pid)).isFalse());
        } finally {
            parent.destroyForcibly();
        }
    }

    /// What a child finds whose parent was killed before the child had asked for the death signal.
    @Test
    void startsNothingForAParentThatIsAnotherByNow() throws Exception {
        var made = folder.resolve("made");
        long gone = 1;
        for (long parent : new long[]{gone, ProcessHandle.current().pid()}) {
            var guard = new ProcessBuilder("sh", "-c", Supervisor.UNLESS_ORPHANED, Long.toString(parent), "touch", made.toString()).start();
            boolean ours = parent != gone;
            assertThat(guard.waitFor() == 0).isEqualTo(ours);
            assertThat(Files.exists(made)).isEqualTo(ours);
        }
    }

    private static boolean isAlive(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
        } catch (IOException e) {
            return false;
        }
    }

    /// A program that starts one child from a thread that ends at once, says its pid and waits to be killed.
    static final class SleepingParent {
        private SleepingParent() {}

        public static void main(String[] arguments) throws Exception {
            var supervisor = new Supervisor(Path.of(arguments[0]));
            var starter = Thread.ofPlatform().start(() -> System.out.println(supervisor.start(Command.of("sleep", "1006")).pid()));
            starter.join();
            new java.util.concurrent.CountDownLatch(1).await(50, SECONDS);
        }
    }
}
