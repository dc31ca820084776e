package io.godwit.process;

import io.godwit.process.ChildFailure.Reason;
import io.godwit.process.Command.Output;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;

/// Starts child programs, each as the leader of a session of its own that dies with this process, with a private `TMPDIR` and an
/// environment by allow-list. One per process is enough; closing it ends all children.
///
/// The kernel sends the death signal when the parent *thread* ends, so all children are started from one platform thread that lives as long as
/// the process.
public final class Supervisor implements AutoCloseable {
    /// In the environment of each child and all that it starts.
    static final String MARK = "GODWIT_CHILD";
    /// `GODWIT_JOB_FOLDER` marks all that a worker started, for who must prove that nothing of a killed worker is alive.
    private static final Set<String> PASSED_ON = Set.of("GODWIT_JOB_FOLDER", "PATH", "HOME", "TZ", "XDG_RUNTIME_DIR", "SSL_CERT_FILE",
            "SSL_CERT_DIR");
    /// A parent that died before `setpriv` asked for the signal will send none.
    static final String UNLESS_ORPHANED = "[ \"$PPID\" = \"$0\" ] && exec \"$@\"";
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final ExecutorService STARTER = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("starter").factory());

    private final Path temporaryRoot;
    private final Set<Child> children = ConcurrentHashMap.newKeySet();

    /// @param temporaryRoot where children get their private temporary directories; made when missing
    public Supervisor(Path temporaryRoot) {
        this.temporaryRoot = temporaryRoot;
    }

    /// Starts a program that the caller watches and ends.
    ///
    /// @throws ChildFailure when there is no such program, or the kernel does not start it
    public Child start(Command command) {
        var program = Programs.require(command.arguments().getFirst());
        var line = new ArrayList<>(List.of(Programs.require("setpriv").toString(), "--pdeathsig", "KILL", "--",
                Programs.require("sh").toString(), "-c",
                UNLESS_ORPHANED, Long.toString(ProcessHandle.current().pid()), Programs.require("setsid").toString(), program.toString()));
        line.addAll(command.arguments().subList(1, command.arguments().size()));
        Path temporary;
        try {
            Files.createDirectories(temporaryRoot);
            temporary = Files.createTempDirectory(temporaryRoot, "t",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new ChildFailure(Reason.NOT_STARTED, command.program(), -1, "", "no temporary directory: " + e, e);
        }
        var builder = new ProcessBuilder(line);
        builder.directory((command.directory() == null ? temporary : command.directory()).toFile());
        var mark = markOf(builder.environment(), temporary, command.environment());
        if (command.input() == null) {
            builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        }
        var process = onStarter(command, builder);
        var child = new Child(command.program(), process, new Descendants(process.pid(), mark),
                new StreamPump("out-of-" + command.program(), process.getInputStream(), command.output()),
                new StreamPump("err-of-" + command.program(), process.getErrorStream(), command.errors()), temporary);
        children.add(child);
        var _ = child.onExit().thenRun(() -> children.remove(child));
        if (Thread.currentThread().isInterrupted()) {
            child.kill();
            throw new ChildFailure(Reason.INTERRUPTED, command.program(), -1, "", "its start was interrupted", null);
        }
        if (command.input() != null) {
            feed(process, command.input());
        }
        return child;
    }

    private static String markOf(Map<String, String> environment, Path temporary, Map<String, String> asked) {
        environment.keySet().removeIf(name -> !PASSED_ON.contains(name));
        environment.put("LC_ALL", "C.UTF-8"); // messages are parsed
        environment.put("TMPDIR", temporary.toString());
        environment.putAll(asked);
        var value = ProcessHandle.current().pid() + "-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        environment.put(MARK, value);
        return MARK + "=" + value;
    }

    /// An interrupt does not end the wait, or a process would be left that nobody knows: it takes no time to speak of.
    private static Process onStarter(Command command, ProcessBuilder builder) {
        Callable<Process> start = builder::start;
        var starting = STARTER.submit(start);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return starting.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw new ChildFailure(Reason.NOT_STARTED, command.program(), -1, "", "it could not be started: " + e.getCause(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void feed(Process process, String input) {
        Thread.ofPlatform().daemon().name("into-child").start(() -> {
            try (var pipe = process.getOutputStream()) {
                pipe.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // it ended without reading all: its exit code tells whether that was right
            }
        });
    }

    /// Runs a program to its end.
    ///
    /// @return what it wrote to standard output, unless the command sends that elsewhere
    /// @throws ChildFailure when it is missing, passes its deadline, writes more than a mebibyte or ends with another code than 0
    public String run(Command command) {
        var answer = new Answer();
        var captured = command.output().equals(Output.DROPPED) ? command.output(Output.toLines(answer::add)) : command;
        var child = start(captured);
        child.awaitSuccess(command.deadline());
        return answer.text(child);
    }

    /// Ends all children that still run.
    @Override
    public void close() {
        List.copyOf(children).forEach(Child::close);
    }

    private static final class Answer {
        private final StringBuilder text = new StringBuilder();
        private boolean tooLong;

        synchronized void add(String line) {
            tooLong |= text.length() + line.length() > LONGEST_ANSWER;
            if (!tooLong) {
                text.append(line).append('\n');
            }
        }

        synchronized String text(Child child) {
            if (tooLong) {
                throw new ChildFailure(Reason.TOO_MUCH_OUTPUT, child.program(), 0, child.errorTail(),
                        "it wrote more than " + LONGEST_ANSWER + " bytes", null);
            }
            return text.toString();
        }
    }
}
