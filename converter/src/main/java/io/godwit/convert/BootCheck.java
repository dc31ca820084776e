package io.godwit.convert;

import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.BootReport.Proof;
import io.godwit.model.disk.BootReport.Verdict;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob.BootDisk;
import io.godwit.model.disk.WorkerJob.CheckBoot;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Child;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Starts a migrated VM on throw-away overlays, without network, and watches its console; where that says nothing, what the guest wrote onto
/// the overlays is read afterwards. QEMU itself writes the console's text, and a picture is taken now and then, so that both are kept even when
/// this process is killed. The volumes are never written.
public final class BootCheck {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);
    private static final Duration FIRST_PICTURE = Duration.ofSeconds(3);
    private static final Duration NEXT_PICTURE = Duration.ofSeconds(20);
    private static final Duration AGENT_PAUSE = Duration.ofSeconds(5);
    private static final Duration MONITOR_LIMIT = Duration.ofSeconds(20);
    /// How long a guest may take to shut down when told to, so that what it knows reaches its disks.
    private static final Duration SHUTDOWN_LIMIT = Duration.ofSeconds(45);
    private static final long LONGEST_CONSOLE = 64 << 20;

    private final ConverterTools tools;
    private final Supervisor supervisor;
    private final Path runtime;
    private final ConverterSettings settings;

    /// A check on this machine.
    public BootCheck(ConverterTools tools) {
        this.tools = tools;
        this.supervisor = tools.supervisor();
        this.runtime = tools.runtime();
        this.settings = tools.settings();
    }

    /// Boots the VM and says what was seen.
    ///
    /// @param steps told of each step when it begins
    /// @throws FaultException when QEMU could not be started; a guest that does not boot is a verdict, not a fault
    public JobResult.BootChecked check(CheckBoot job, Consumer<Phase> steps) {
        var acceleration = KvmProbe.probe(tools);
        var files = new JobFiles(job.workVolume());
        var scratch = files.workVolume().resolve("boot-" + job.name());
        files.deleteFolder(scratch);
        var machine = new BootMachine(job, files.newFolder(files.relative(scratch)));
        Memory.require(machine.memoryBytes() + (256 << 20), Memory.availableBytes(), "the boot check");
        var evidence = new Evidence(Path.of(job.evidenceDirectory()));
        var sockets = newSocketFolder();
        try {
            evidence.prepare();
            machine.prepareFirmware(settings.firmwareFolder());
            for (var disk : job.disks()) {
                overlay(machine.overlay(disk.key()), disk);
            }
            steps.accept(new Phase("Booting without network (" + (acceleration.kvm() ? "KVM" : "emulated") + ")", Instant.now()));
            var command = Command.of(machine.arguments(acceleration.qemuArguments(), settings.firmwareFolder(), evidence.console(),
                    sockets.resolve("m"), sockets.resolve("a")));
            var seen = watch(supervisor.start(command), Duration.ofSeconds(job.secondsToBoot()), evidence, sockets);
            return new JobResult.BootChecked(seen.verdict() == Verdict.UNPROVEN
                    ? readAfterwards(seen, new BootProof(tools, job, files, scratch, acceleration, steps))
                    : seen);
        } catch (ChildFailure e) {
            var code = switch (e.reason()) {
                case MISSING -> ConverterFault.CONVERTER_MISSING;
                case INTERRUPTED -> ConverterFault.CONVERTER_INTERRUPTED;
                default -> ConverterFault.BOOT_CHECK_NOT_STARTED;
            };
            throw new FaultException(code, "the boot check could not be made", e);
        } finally {
            files.deleteFolder(sockets);
            files.deleteFolder(scratch);
        }
    }

    private static BootReport readAfterwards(BootReport seen, BootProof proof) {
        var finding = proof.look();
        var start = finding.start();
        return start == null
                ? new BootReport(Verdict.UNPROVEN, seen.evidence() + "; " + finding.words(), seen.seconds(), seen.consoleText(),
                        seen.screendump(), null)
                : new BootReport(Verdict.BOOTED, start.words(), seen.seconds(), seen.consoleText(), seen.screendump(), start.proof());
    }

    private Path newSocketFolder() {
        try {
            return Files.createTempDirectory(runtime, "b");
        } catch (IOException e) {
            throw new FaultException(ConverterFault.BOOT_CHECK_NOT_STARTED, "no folder for sockets could be made in " + runtime, e);
        }
    }

    private void overlay(Path overlay, BootDisk disk) {
        if (!Files.isReadable(Path.of(disk.path()))) {
            throw new FaultException(ConverterFault.BOOT_CHECK_NOT_STARTED, "the volume " + disk.path() + " cannot be opened",
                    "it is not there, or may not be read");
        }
        supervisor.run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", disk.format().qemuDriver(), "-b", disk.path(),
                overlay.toString())); // as long as the volume
    }

    private BootReport watch(Child qemu, Duration limit, Evidence evidence, Path sockets) {
        var started = System.nanoTime();
        try (var monitor = new Monitor(qemu, sockets.resolve("m")); var agent = new Agent(sockets.resolve("a"))) {
            var console = new BootConsole();
            var nextPicture = started + FIRST_PICTURE.toNanos();
            while (true) {
                var ended = qemu.await(LOOK_AGAIN);
                var finding = console.take(evidence.newText());
                if (finding.isPresent()) {
                    monitor.picture(evidence);
                    var booted = finding.get().booted();
                    return evidence.report(booted ? Verdict.BOOTED : Verdict.FAILED, booted ? Proof.CONSOLE : null,
                            finding.get().evidence(),
                            started);
                }
                if (agent.answered()) {
                    monitor.picture(evidence);
                    return evidence.report(Verdict.BOOTED, Proof.GUEST_AGENT, "the guest agent answered", started);
                }
                if (ended.isPresent()) {
                    return ended(qemu, ended.getAsInt(), evidence, started);
                }
                var now = System.nanoTime();
                if (now - started > limit.toNanos() || evidence.isFull()) {
                    monitor.picture(evidence);
                    monitor.end(limit.compareTo(SHUTDOWN_LIMIT) < 0 ? limit : SHUTDOWN_LIMIT);
                    var last = console.lastLine();
                    return evidence.report(Verdict.UNPROVEN, null, last.isEmpty()
                            ? "the serial console stayed empty and no guest agent answered within " + limit.toSeconds() + " s"
                            : "no sign within " + limit.toSeconds() + " s; the console's last line is: " + last, started);
                }
                if (now - nextPicture > 0) {
                    monitor.picture(evidence);
                    nextPicture = now + NEXT_PICTURE.toNanos();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(ConverterFault.CONVERTER_INTERRUPTED, "the boot check was stopped", "it was interrupted");
        } finally {
            if (qemu.isRunning()) {
                qemu.kill();
            }
        }
    }

    private static BootReport ended(Child qemu, int code, Evidence evidence, long started) {
        if (code == 0) {
            return evidence.report(Verdict.FAILED, null, "the machine switched itself off", started);
        }
        throw new FaultException(code > 128 ? ConverterFault.CONVERTER_KILLED : ConverterFault.BOOT_CHECK_NOT_STARTED,
                "QEMU ended during the boot check",
                code > 128 ? "signal " + (code - 128) : "exit code " + code + ": " + qemu.errorTail());
    }

    /// What is kept of a check.
    private static final class Evidence {
        private final Path folder;
        private long read;

        Evidence(Path folder) {
            this.folder = folder;
        }

        void prepare() {
            try {
                Files.createDirectories(folder);
                Files.deleteIfExists(picture());
                Files.write(console(), new byte[0]);
            } catch (IOException e) {
                throw new FaultException(ConverterFault.BOOT_CHECK_NOT_STARTED, "no evidence can be kept in " + folder, e);
            }
        }

        Path console() {
            return folder.resolve("console.txt");
        }

        Path picture() {
            return folder.resolve("screen.png");
        }

        Path newPicture() {
            return folder.resolve("screen.new.png");
        }

        boolean isFull() {
            return read > LONGEST_CONSOLE;
        }

        String newText() {
            try (var channel = FileChannel.open(console(), StandardOpenOption.READ)) {
                var bytes = ByteBuffer.allocate((int) Math.min(1 << 20, Math.max(0, channel.size() - read)));
                while (bytes.hasRemaining() && channel.read(bytes, read + bytes.position()) >= 0) {
                    // until all of it is here
                }
                read += bytes.position();
                return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new FaultException(ConverterFault.BOOT_CHECK_NOT_STARTED, "the console's text cannot be read from " + console(), e);
            }
        }

        BootReport report(Verdict verdict, @Nullable Proof proof, String evidence, long started) {
            var seconds = (int) Duration.ofNanos(System.nanoTime() - started).toSeconds();
            return new BootReport(verdict, evidence, seconds, console().toString(), Files.exists(picture()) ? picture().toString() : null,
                    proof);
        }
    }

    /// QEMU's monitor, opened when it is first needed.
    private static final class Monitor implements AutoCloseable {
        private final Child qemu;
        private final Path socket;
        private @Nullable JsonSocket open;

        Monitor(Child qemu, Path socket) {
            this.qemu = qemu;
            this.socket = socket;
        }

        /// Takes a picture that replaces the last one; a missing one is no reason to fail.
        void picture(Evidence evidence) throws InterruptedException {
            try {
                var connection = connect();
                connection.send(JSON.writeValueAsString(Map.of("execute", "screendump", "arguments",
                        Map.of("filename", evidence.newPicture().toString(), "format", "png"))));
                var answer = connection.await(MONITOR_LIMIT, "return", "error");
                if (answer.isPresent() && answer.get().has("return")) {
                    Files.move(evidence.newPicture(), evidence.picture(), StandardCopyOption.REPLACE_EXISTING,
                            StandardCopyOption.ATOMIC_MOVE);
                } else {
                    log("QEMU took no picture: " + answer.map(Object::toString).orElse("no answer"));
                }
            } catch (IOException e) {
                if (qemu.isRunning()) {
                    log("QEMU took no picture: " + e);
                }
            }
        }

        /// Presses the power button, and waits; then has QEMU bring onto the overlays what it still holds, and end.
        void end(Duration patience) throws InterruptedException {
            try {
                var connection = connect();
                connection.send("{\"execute\":\"system_powerdown\"}");
                if (qemu.await(patience).isEmpty()) {
                    connection.send("{\"execute\":\"quit\"}");
                    if (qemu.await(MONITOR_LIMIT).isEmpty()) {
                        log("QEMU does not end by itself");
                    }
                }
            } catch (IOException e) {
                if (qemu.isRunning()) {
                    log("QEMU cannot be told to end: " + e);
                }
            }
        }

        private JsonSocket connect() throws IOException, InterruptedException {
            var connection = open;
            if (connection == null) {
                connection = JsonSocket.connect(socket);
                open = connection;
                connection.send("{\"execute\":\"qmp_capabilities\"}");
                if (connection.await(MONITOR_LIMIT, "return", "error").isEmpty()) {
                    throw new IOException("the monitor does not answer");
                }
            }
            return connection;
        }

        private static void log(String text) {
            System.getLogger(BootCheck.class.getName()).log(System.Logger.Level.WARNING, text);
        }

        @Override
        public void close() {
            if (open != null) {
                open.close();
            }
        }
    }

    /// The guest agent, which a real guest may have where it has no serial console.
    private static final class Agent implements AutoCloseable {
        private final Path socket;
        private @Nullable JsonSocket open;
        private long nextCall = System.nanoTime() + AGENT_PAUSE.toNanos();

        Agent(Path socket) {
            this.socket = socket;
        }

        boolean answered() {
            try {
                var connection = open;
                if (connection != null && connection.await(Duration.ZERO, "return").isPresent()) {
                    return true;
                }
                if (System.nanoTime() - nextCall > 0) {
                    nextCall = System.nanoTime() + AGENT_PAUSE.toNanos();
                    if (connection == null) {
                        connection = JsonSocket.connect(socket);
                        open = connection;
                        connection.send("{\"execute\":\"guest-ping\"}"); // kept by QEMU until an agent reads it
                    }
                }
            } catch (IOException e) {
                close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        }

        @Override
        public void close() {
            if (open != null) {
                open.close();
                open = null;
            }
        }
    }
}
