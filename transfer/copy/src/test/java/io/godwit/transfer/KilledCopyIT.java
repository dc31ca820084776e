package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Copiers in processes of their own, killed at any moment or beside another one.
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class KilledCopyIT {
    private static final long IN_FLIGHT = 1 << 20; // and what the file system allocates beyond what was written
    private static final boolean SOAK = Boolean.getBoolean("godwit.soak");

    @TempDir
    Path folder;
    private Rig rig;

    @BeforeEach
    void set() throws IOException {
        rig = new Rig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /// Kills a copier process again and again until it is done; each run goes on where the last one was killed.
    @Test
    @Timeout(value = 40, unit = TimeUnit.MINUTES) // 200 rounds
    void everyKilledCopyEndsByteIdentical() throws Exception {
        long size = 12 << 20;
        int rounds = SOAK ? 200 : 20;
        long seed = Rig.seed("kill");
        int kills = 0;
        int inTheMiddle = 0;
        int goneOn = 0;
        for (int round = 0; round < rounds; round++) {
            var random = new Random(seed + round);
            Rig.makeDisk(rig.source, size, seed + round);
            Rig.makeVolume(rig.target, size);
            Files.deleteIfExists(folder.resolve("copy/disk1.checkpoint"));
            Files.deleteIfExists(folder.resolve("done"));
            for (int kill = 0; kill < 2; kill++) {
                var child = copierProcess(size, 200);
                await().pollInterval(Duration.ofMillis(20))
                        .until(() -> !child.isAlive() || rig.allocatedBytes(rig.target) > 8192 || random.nextInt(20) == 0);
                if (child.waitFor(random.nextInt(700), TimeUnit.MILLISECONDS)) {
                    assertThat(child.exitValue()).as("seed %d: %s", seed + round, Files.readString(folder.resolve("child.log"))).isZero();
                    break;
                }
                child.destroyForcibly().waitFor();
                kills++;
                inTheMiddle += rig.allocatedBytes(rig.target) > 8192 ? 1 : 0;
            }
            long written = rig.allocatedBytes(rig.target);
            var report = rig.copy(rig.disk(rig.filtered(List.of()), size), Rig.OFTEN);
            assertThat(report.verified()).isTrue();
            rig.requireEqual(rig.source, rig.target);
            goneOn += report.resumedBytes() > 0 && report.resumedBytes() < report.dataBytes() ? 1 : 0;
            assertThat(written - report.resumedBytes()).as("written twice, seed %d", seed + round)
                    .isLessThan(Rig.OFTEN.saveBytes() + IN_FLIGHT);
        }
        System.out.println(
                "copier processes killed: " + kills + ", of them after their first write: " + inTheMiddle + "; went on in the middle: "
                        + goneOn);
        assertThat(inTheMiddle).isGreaterThan(rounds / 4);
        assertThat(goneOn).as("by chance; aKilledCopyGoesOnWhereItWas is certain").isGreaterThanOrEqualTo(rounds / 20);
    }

    @Test
    void aKilledCopyGoesOnWhereItWas() throws Exception {
        long size = 256 << 20; // half of it data
        Rig.makeDisk(rig.source, size, 3);
        Rig.makeVolume(rig.target, size);
        var child = copierProcess(size, 10);
        var checkpoint = folder.resolve("copy/disk1.checkpoint");
        await().atMost(60, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(5))
                .until(() -> rig.allocatedBytes(rig.target) > 90 << 20 && Files.exists(checkpoint));
        child.destroyForcibly().waitFor();
        assertThat(folder.resolve("done")).doesNotExist();
        var report = rig.copy(rig.disk(CopierProcess.slow(rig, 10), size));
        assertThat(report.resumedBytes()).isGreaterThan((90 << 20) - Rig.OFTEN.saveBytes() - (8 << 20));
        rig.requireEqual(rig.source, rig.target);
    }

    private Process copierProcess(long size, int delay) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp",
                System.getProperty("java.class.path"), CopierProcess.class.getName(),
                folder.toString(), Long.toString(size), Integer.toString(delay)).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("child.log").toFile())).start();
    }

    @Test
    void aSecondWriterIsKeptOut() throws Exception {
        long size = 24 << 20;
        Rig.makeDisk(rig.source, size, 1);
        Rig.makeVolume(rig.target, size);
        var child = copierProcess(size, 200);
        try {
            await().atMost(30, TimeUnit.SECONDS).until(() -> rig.allocatedBytes(rig.target) > 1 << 20);
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(rig.disk(rig.sourceFile(), size)))
                    .matches(e -> e.fault().is(CopyFault.COPY_TARGET_BUSY));
        } finally {
            child.destroyForcibly().waitFor();
        }
        rig.copy(rig.disk(rig.sourceFile(), size));
    }
}
