package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.BootConsole.Finding;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BootConsoleTest {
    @Test
    void seesTheLoginPromptOfARealBoot() {
        var text = Fixtures.text("booted.console");
        var beforePrompt = text.lastIndexOf("debian12 login:");

        assertThat(new BootConsole().take(text.substring(0, beforePrompt))).isEmpty();
        assertThat(new BootConsole().take(text)).contains(new Finding(true, "debian12 login:"));
    }

    @ParameterizedTest // recorded with damaged copies of the Debian guest
    @CsvSource(delimiter = '|', textBlock = """
            no-boot-device.console | No bootable device.
            grub-rescue.console    | grub rescue>
            initramfs.console      | ALERT!  UUID=
            panic.console          | Kernel panic - not syncing: VFS: Unable to mount root fs
            emergency.console      | Reached target emergency.target
            """)
    void seesThatARealGuestWillNotBoot(String recording, String evidence) {
        assertThat(new BootConsole().take(Fixtures.text(recording))).hasValueSatisfying(finding -> {
            assertThat(finding.booted()).isFalse();
            assertThat(finding.evidence()).startsWith(evidence);
        });
    }

    @Test
    void findsTheSameInWhateverPiecesTheTextArrives() {
        var text = Fixtures.text("booted.console");
        for (int size : new int[]{1, 3, 1000}) {
            var console = new BootConsole();
            Optional<Finding> last = Optional.empty();
            for (int at = 0; at < text.length(); at += size) {
                last = console.take(text.substring(at, Math.min(text.length(), at + size)));
            }
            assertThat(last).as("pieces of " + size).contains(new Finding(true, "debian12 login:"));
        }
    }

    @Test
    void seesAPromptBehindWhichTheKernelGoesOn() {
        assertThat(new BootConsole().take("\nguest login: [   42.017302] random: crng init done\n"))
                .contains(new Finding(true, "guest login:"));
    }

    @Test
    void isNotFooledByALoginInAMessage() {
        assertThat(new BootConsole().take("systemd-logind: New session\nLast login: Monday\nfailed login: root\n")).isEmpty();
    }

    @Test
    void remembersTheLastLineForAVerdictWithoutASign() {
        var console = new BootConsole();
        assertThat(console.take("Starting service A\r\nStarting service B\r\n\r\n")).isEmpty();
        assertThat(console.lastLine()).isEqualTo("Starting service B");
    }

    @Test
    void holdsNoMoreThanItNeedsOfAGuestThatFloodsItsConsole() {
        var console = new BootConsole();
        for (int i = 0; i < 200; i++) {
            assertThat(console.take("noise ".repeat(2000))).isEmpty();
        }
        assertThat(console.take("\nhost login: ")).isPresent();
    }
}
