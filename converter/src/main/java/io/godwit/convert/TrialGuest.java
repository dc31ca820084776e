package io.godwit.convert;

import io.godwit.convert.KvmProbe.Acceleration;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Guests that are started to see whether an accelerator of QEMU runs them.
///
/// @param folder for files that last as long as a trial
record TrialGuest(Supervisor supervisor, Path folder, String accelerator) {
    private static final int GUEST_CODE_RAN = 33; // isa-debug-exit: 2 * 0x10 + 1
    private static final byte[] GUEST_CODE = {(byte) 0xb0, 0x10, (byte) 0xe6, (byte) 0xf4, (byte) 0xf4, (byte) 0xeb, (byte) 0xfd};
    private static final Duration LONG = Duration.ofSeconds(10); // for seven bytes
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
    private static final int LONGEST = 6; // times the silence, for a kernel that is not silent

    /// Runs seven bytes.
    Acceleration runCode() {
        return attempt(".img", sector -> {
            Files.write(sector, bootSector());
            var child = supervisor.start(qemu("-m", "16", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
                    "-drive", "if=ide,format=raw,snapshot=on,file=" + escaped(sector)));
            try {
                var code = child.await(LONG);
                if (code.isEmpty()) {
                    return new Acceleration(false, "guest code did not end within " + LONG.toSeconds() + " s under " + accelerator);
                }
                return code.getAsInt() == GUEST_CODE_RAN
                        ? new Acceleration(true, "guest code ran under " + accelerator)
                        : new Acceleration(false, "guest code does not run under " + accelerator + ": "
                                + firstLine(child.errorTail(), "QEMU ended with code " + code.getAsInt()));
            } finally {
                if (child.isRunning()) {
                    child.kill();
                }
            }
        });
    }

    /// Starts that kernel as the appliance's is started, but without a root to mount: it panics when it has come so far.
    ///
    /// @param silence after which it hangs
    /// @param sure told of an answer that another try would give too, after as long
    Acceleration runKernel(Path kernel, Duration silence, Consumer<Acceleration> sure) {
        return attempt(".console", console -> {
            var child = supervisor.start(qemu("-smp", "2", "-m", "512", "-kernel", kernel.toString(), "-append",
                    "console=ttyS0 panic=-1 edd=off no_timer_check tsc=reliable", "-serial", "file:" + escaped(console)));
            try {
                long said = 0;
                long began = System.nanoTime();
                long since = began;
                while (child.await(LOOK_AGAIN).isEmpty()) {
                    if (System.nanoTime() - began > LONGEST * silence.toNanos()) { // it talks, and comes to no end
                        var endless = new Acceleration(false, kernel + " does not come to its root under " + accelerator + " within "
                                + LONGEST * silence.toSeconds() + " s");
                        sure.accept(endless);
                        return endless;
                    }
                    long now = Files.size(console);
                    if (now > said) {
                        said = now;
                        since = System.nanoTime();
                    } else if (System.nanoTime() - since > silence.toNanos()) {
                        var hangs = new Acceleration(false, kernel + " hangs under " + accelerator + lastWords(console));
                        sure.accept(hangs);
                        return hangs;
                    }
                }
                if (!Files.readString(console, StandardCharsets.ISO_8859_1).contains("Kernel panic - not syncing: VFS")) {
                    return new Acceleration(false, kernel + " ends early under " + accelerator
                            + (child.errorTail().isBlank() ? lastWords(console) : ": " + firstLine(child.errorTail(), "")));
                }
                var runs = new Acceleration(true, kernel + " ran under " + accelerator);
                sure.accept(runs);
                return runs;
            } finally {
                if (child.isRunning()) {
                    child.kill();
                }
            }
        });
    }

    private Command qemu(String... more) {
        var words = new ArrayList<>(List.of("qemu-system-x86_64", "-accel", accelerator, "-cpu", "max", "-machine", "pc", "-nodefaults",
                "-no-user-config", "-display", "none", "-no-reboot"));
        words.addAll(List.of(more));
        return Command.of(words);
    }

    private static String escaped(Path file) {
        return file.toString().replace(",", ",,");
    }

    private static String lastWords(Path console) throws IOException {
        return Files.readString(console, StandardCharsets.ISO_8859_1).lines().filter(line -> !line.isBlank()).reduce((_, last) -> last)
                .map(line -> ", after: " + line.strip()).orElse(", before its first word");
    }

    private interface Attempt {
        Acceleration at(Path file) throws IOException;
    }

    /// With a file that lasts as long.
    private Acceleration attempt(String suffix, Attempt attempt) {
        @Nullable
        Path file = null;
        try {
            file = Files.createTempFile(folder, "kvm", suffix);
            return attempt.at(file);
        } catch (ChildFailure e) {
            return new Acceleration(false, e.why());
        } catch (IOException e) {
            return new Acceleration(false, "the probe could not be written to " + folder + ": " + e.getMessage());
        } finally {
            KvmProbe.delete(file);
        }
    }

    private static byte[] bootSector() {
        var sector = new byte[512];
        System.arraycopy(GUEST_CODE, 0, sector, 0, GUEST_CODE.length);
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        return sector;
    }

    private static String firstLine(String text, String otherwise) {
        return text.lines().filter(line -> !line.isBlank()).findFirst().orElse(otherwise);
    }
}
