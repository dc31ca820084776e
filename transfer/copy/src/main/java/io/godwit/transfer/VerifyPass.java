package io.godwit.transfer;

import io.godwit.blockio.BlockSink;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.transfer.BlockPlan.Zeroes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// Reads a volume back and compares each block's digest with the source's. Where the volume itself says that it has a hole, nothing is
/// read: a block there must be one of zeroes.
final class VerifyPass {
    private static final int SAMPLE = 16;
    private static final int THREADS = 4;

    private final BlockSink sink;
    private final BlockLayout layout;
    private final Checkpoint checkpoint;
    private final Verify verify;
    private final BlockPlan plan;
    private final LongAdder verified;
    private final List<String> wrong = new ArrayList<>(); // guarded by itself

    /// @param verified counts the bytes that were read back
    VerifyPass(BlockSink sink, BlockLayout layout, Checkpoint checkpoint, Verify verify, LongAdder verified) {
        this.sink = sink;
        this.layout = layout;
        this.checkpoint = checkpoint;
        this.verify = verify;
        this.verified = verified;
        this.plan = new BlockPlan(sink, layout, 1, Zeroes.SKIPPED, piece -> verify == Verify.FULL || piece.block() % SAMPLE == 0);
    }

    int threads() {
        return Math.min(THREADS, sink.connections());
    }

    /// Reads back until nothing is left, or another thread has failed; each of [#threads()] threads calls it once.
    void run(Workers workers) {
        var digest = layout.method().start();
        try (var reader = sink.reader()) {
            boolean more = true;
            while (!workers.failed()) {
                while (more && reader.inFlight() < reader.depth()) {
                    var piece = plan.next(1);
                    if (piece == null) {
                        more = false;
                    } else {
                        reader.submit(layout.offsetOf(piece.block()), layout.lengthOf(piece.block()), piece.block());
                    }
                }
                if (reader.inFlight() == 0) {
                    return;
                }
                reader.take((tag, _, bytes) -> compare((int) tag, bytes, digest));
            }
        }
    }

    private void compare(int block, ByteBuffer bytes, BlockDigest digest) {
        var found = digest.of(bytes);
        if (!Arrays.equals(found, checkpoint.expected(block))) {
            note(Long.toString(layout.offsetOf(block)));
        }
        checkpoint.putReadBack(block, found);
        verified.add(layout.lengthOf(block));
    }

    private void note(String place) {
        synchronized (wrong) {
            wrong.add(place);
        }
    }

    /// Where the volume differs, when all threads have ended: nothing when every block is proven.
    List<String> wrong() {
        synchronized (wrong) {
            int missing = verify == Verify.FULL && wrong.isEmpty() ? checkpoint.firstMissing() : -1;
            return missing < 0 ? List.copyOf(wrong) : List.of(layout.offsetOf(missing) + " (a hole where there should be data)");
        }
    }
}
