package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.KvmProbe.Acceleration;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmProbeIT {
    @TempDir
    private Path folder;
    private Machine machine;
    private final List<Acceleration> sure = new ArrayList<>();

    @BeforeEach
    void open() {
        machine = new Machine(folder);
    }

    @AfterEach
    void close() {
        machine.close();
    }

    private TrialGuest guest(String accelerator) {
        return new TrialGuest(machine.supervisor, folder, accelerator);
    }

    @Test
    void runsGuestCodeWhereAnAcceleratorWorks() {
        assertThat(guest("tcg").runCode())
                .satisfies(answer -> assertThat(answer.kvm()).as(answer.why()).isTrue());
    }

    @Test
    void saysWhyAnAcceleratorDoesNotWork() throws Exception {
        assertThat(guest("nonsense").runCode()).satisfies(answer -> assertThat(answer.kvm()).isFalse())
                .satisfies(answer -> assertThat(answer.why()).contains("nonsense"));
        assertThat(KvmProbe.run(machine.supervisor, folder, folder.resolve("kvm"), folder, null).why()).contains("there is no ");
        requireNothingLeft();
    }

    @Test
    void runsAKernelUntilItMissesItsRoot() throws Exception {
        var kernel = Objects.requireNonNull(KvmProbe.newestKernel(Path.of("/boot")), "linux-image-cloud-amd64, which the appliance needs");
        assertThat(guest("tcg").runKernel(kernel, Duration.ofSeconds(60), sure::add))
                .isEqualTo(new Acceleration(true, kernel + " ran under tcg"));
        assertThat(sure).hasSize(1);
        requireNothingLeft();
    }

    /// What a kernel does under kvm-pvm, where seven bytes of guest code run.
    @Test
    void tellsAKernelThatHangs() throws Exception {
        var kernel = kernel((byte) 0xeb, (byte) 0xfe); // jumps to itself
        assertThat(guest("tcg").runKernel(kernel, Duration.ofSeconds(1), sure::add))
                .isEqualTo(new Acceleration(false, kernel + " hangs under tcg, before its first word"));
        assertThat(sure).hasSize(1);
        Files.delete(kernel);
        requireNothingLeft();
    }

    @Test
    void endsAKernelThatTalksForEver() throws Exception {
        var kernel = kernel((byte) 0xeb, (byte) 0x3e, (byte) 0xba, (byte) 0xf8, (byte) 3, (byte) 0xee, (byte) 0xeb, (byte) 0xfd); // to the serial port
        assertThat(guest("tcg").runKernel(kernel, Duration.ofSeconds(1), sure::add))
                .isEqualTo(new Acceleration(false, kernel + " does not come to its root under tcg within 6 s"));
        assertThat(sure).hasSize(1);
    }

    @Test
    void tellsAKernelThatEndsEarly() throws Exception {
        var kernel = kernel((byte) 0xeb, (byte) 0x3e, (byte) 0xb0, (byte) 0xfe, (byte) 0xe6, (byte) 0x64); // reset by the keyboard's controller
        assertThat(guest("tcg").runKernel(kernel, Duration.ofSeconds(60), sure::add))
                .isEqualTo(new Acceleration(false, kernel + " ends early under tcg, before its first word"));
        assertThat(guest("nonsense").runKernel(kernel, Duration.ofSeconds(60), sure::add).why())
                .contains("ends early under nonsense: ", "invalid accelerator");
        assertThat(sure).as("it costs no time, and may be QEMU's fault").isEmpty();
    }

    /// The least that QEMU takes for a bzImage (Documentation/arch/x86/boot.rst); the setup code begins with a jump over its header.
    private Path kernel(byte first, byte second, byte... code) throws Exception {
        var image = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0x1f1, (byte) 4).putInt(0x1f4, 16).putShort(0x1fe, (short) 0xaa55); // sectors of setup, paragraphs behind it
        image.put(0x200, first).put(0x201, second).putInt(0x202, 0x53726448).putShort(0x206, (short) 0x0200); // HdrS, protocol 2.00
        image.put(0x211, (byte) 1).put(0x240, code); // loaded high
        return Files.write(folder.resolve("kernel"), image.array());
    }

    private void requireNothingLeft() throws Exception {
        try (var left = Files.list(folder)) {
            assertThat(left.map(Path::getFileName).map(Path::toString)).containsExactly("work");
        }
    }

    @Test
    void asksTheMachineOnce() {
        var tools = machine.tools(ConverterSettings.DEFAULT);
        assertThat(KvmProbe.probe(tools)).isSameAs(KvmProbe.probe(tools));
    }
}
