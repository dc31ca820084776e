package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What QEMU tells of images beside their bytes.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MetaContextIT {
    private static final NbdSettings SETTINGS = new NbdSettings(2, 8, 64 << 10, Duration.ofSeconds(10));
    private static final MetaContext DIRTY = MetaContext.dirtyBitmap("since monday");
    private static final int KIB = 1 << 10;

    @TempDir
    Path folder;
    private Peers peers;
    private Path base;
    private Path overlay;

    /// A base with 512 KiB at 0 and at 2 MiB; an overlay with 64 KiB of data and of zeroes, which a bitmap knows.
    @BeforeEach
    void makeAnOverlay() throws IOException {
        peers = new Peers(folder);
        base = peers.qcow2("base");
        overlay = folder.resolve("overlay");
        peers.supervisor
                .run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.toString(), overlay.toString()));
        peers.supervisor.run(Command.of("qemu-img", "bitmap", "--add", "-g", "65536", overlay.toString(), "since monday"));
        peers.supervisor.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 128k 64k", "-c", "write -z 2048k 64k", "-c",
                "write -P 9 3072k 64k", overlay.toString()));
    }

    @AfterEach
    void endAll() {
        peers.close();
    }

    record Run(long offset, long length, long value) {}

    private static List<Run> runs(NbdSource source, MetaContext context, ToLongFunction<BlockStatus> value) {
        var runs = new ArrayList<Run>();
        for (long at = 0; at < source.sizeBytes();) {
            for (var status : source.status(context, at, source.sizeBytes() - at)) {
                assertThat(status.offset()).isEqualTo(at);
                at = status.end();
                long of = value.applyAsLong(status);
                var last = runs.isEmpty() ? null : runs.getLast();
                if (last != null && last.value == of) {
                    runs.set(runs.size() - 1, new Run(last.offset, last.length + status.length(), of));
                } else {
                    runs.add(new Run(status.offset(), status.length(), of));
                }
            }
        }
        return runs;
    }

    private static void requireAllContexts(NbdSource source) {
        assertThat(runs(source, MetaContext.ALLOCATION_DEPTH, BlockStatus::depth)).containsExactly(new Run(0, 128 * KIB, 2),
                new Run(128 * KIB, 64 * KIB, 1), new Run(192 * KIB, 320 * KIB, 2), new Run(512 * KIB, 1536 * KIB, 0),
                new Run(2048 * KIB, 64 * KIB, 1), new Run(2112 * KIB, 448 * KIB, 2), new Run(2560 * KIB, 512 * KIB, 0),
                new Run(3072 * KIB, 64 * KIB, 1), new Run(3136 * KIB, 960 * KIB, 0));
        assertThat(runs(source, DIRTY, run -> run.isDirty() ? 1 : 0)).containsExactly(new Run(0, 128 * KIB, 0),
                new Run(128 * KIB, 64 * KIB, 1), new Run(192 * KIB, 1856 * KIB, 0), new Run(2048 * KIB, 64 * KIB, 1),
                new Run(2112 * KIB, 960 * KIB, 0), new Run(3072 * KIB, 64 * KIB, 1), new Run(3136 * KIB, 960 * KIB, 0));
        assertThat(runs(source, MetaContext.ALLOCATION, run -> run.isZero() ? 0 : 1)).containsExactly(new Run(0, 512 * KIB, 1),
                new Run(512 * KIB, 1600 * KIB, 0), new Run(2112 * KIB, 448 * KIB, 1), new Run(2560 * KIB, 512 * KIB, 0),
                new Run(3072 * KIB, 64 * KIB, 1), new Run(3136 * KIB, 960 * KIB, 0));
    }

    @Test
    void qemuNbdTellsDepthsAndDirtyBitmaps() {
        peers.qemuNbd("-r", "-f", "qcow2", "-A", "-B", "since monday", overlay.toString());
        try (var source = NbdSource.open(peers.uri(), SETTINGS, List.of(MetaContext.ALLOCATION_DEPTH, DIRTY))) {
            requireAllContexts(source);
        }
        try (var source = NbdSource.open(peers.uri(), SETTINGS)) {
            assertThatIllegalArgumentException().isThrownBy(() -> source.status(DIRTY, 0, 4096));
            assertThat(source.status(0, 4096)).isNotEmpty();
        }
    }

    @Test
    void theStorageDaemonTellsDepthsAndDirtyBitmaps() {
        peers.storageDaemon("--blockdev", "driver=file,node-name=f,read-only=on,filename=" + overlay, "--blockdev",
                "driver=qcow2,node-name=q,file=f,read-only=on",
                "--nbd-server", "addr.type=unix,addr.path=" + peers.socket, "--export",
                "type=nbd,id=e,node-name=q,name=the disk,allocation-depth=on,bitmaps.0=since monday");
        var uri = URI.create("nbd+unix:///the%20disk?socket=" + peers.socket);
        try (var source = NbdSource.open(uri, SETTINGS, List.of(MetaContext.ALLOCATION_DEPTH, DIRTY))) {
            requireAllContexts(source);
        }
    }

    @Test
    void aContextThatTheServerDoesNotHaveIsAFault() {
        peers.qemuNbd("-r", "-f", "qcow2", "-A", overlay.toString());
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> NbdSource.open(peers.uri(), SETTINGS, List.of(DIRTY)).close())
                .matches(e -> e.fault().is(BlockFault.NBD_CONTEXT_MISSING))
                .satisfies(e -> assertThat(e.fault().why()).contains("base:allocation"));
    }
}
