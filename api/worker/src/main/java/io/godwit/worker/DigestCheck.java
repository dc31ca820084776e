package io.godwit.worker;

import io.godwit.blockio.BlockReader;
import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.export.Exports;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.SideTask.CheckDigests;
import io.godwit.model.disk.SideTask.DigestedRange;
import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Reads ranges of the source from their first byte to their last, several reads in flight, and compares their digests.
final class DigestCheck {
    private static final int READ_BYTES = 256 << 10;
    private static final int IN_FLIGHT = 8;

    private final Exports exports;
    private final JobRun run;

    DigestCheck(Exports exports, JobRun run) {
        this.exports = exports;
        this.run = run;
    }

    /// @throws FaultException `SOURCE_DIGEST_MISMATCH` for the first range that is not what it must be
    SideResult check(CheckDigests task) {
        long checked = 0;
        for (var range : task.ranges()) {
            checked += check(range);
        }
        return new SideResult(task.name(), checked);
    }

    private long check(DigestedRange range) {
        try (var export = exports.open(range.bytes());
                var source = NbdSource.open(export.uri(), new NbdSettings(1, IN_FLIGHT, READ_BYTES, NbdSettings.DEFAULT.stallLimit()),
                        List.of(), export::requireAlive)) {
            var digest = digest(range);
            try (var reader = source.reader()) {
                read(reader, Math.min(READ_BYTES, source.longestRead()), source.sizeBytes(), digest);
            } catch (FaultException e) {
                export.requireAlive();
                throw export.explained(e);
            }
            export.requireUnchanged();
            var found = HexFormat.of().formatHex(digest.digest());
            if (!found.equalsIgnoreCase(range.expectedHex())) {
                throw new FaultException(WorkerFault.SOURCE_DIGEST_MISMATCH,
                        range.what() + " is damaged, or is not what its manifest is about",
                        range.algorithm() + " of its " + source.sizeBytes() + " bytes is " + found + ", the manifest says "
                                + range.expectedHex());
            }
            return source.sizeBytes();
        }
    }

    private static MessageDigest digest(DigestedRange range) {
        try {
            return MessageDigest.getInstance(range.algorithm());
        } catch (NoSuchAlgorithmException e) {
            throw new FaultException(WorkerFault.SOURCE_DIGEST_UNKNOWN, "the digest of " + range.what() + " cannot be checked", e);
        }
    }

    /// Reads complete in any order, and are digested in theirs.
    ///
    /// @param step bytes of a read
    private void read(BlockReader reader, int step, long size, MessageDigest digest) {
        var slots = new ArrayList<ByteBuffer>();
        for (int i = 0; i < IN_FLIGHT; i++) {
            slots.add(ByteBuffer.allocate(step).limit(0));
        }
        long asked = 0;
        long digested = 0;
        long last = Math.ceilDiv(size, step);
        while (digested < last) {
            while (asked < last && asked < digested + IN_FLIGHT) {
                long offset = asked * step;
                slots.get((int) (asked % IN_FLIGHT)).clear().limit(0);
                reader.submit(offset, (int) Math.min(step, size - offset), asked++);
            }
            reader.take((tag, _, bytes) -> slots.get((int) (tag % IN_FLIGHT)).clear().put(bytes).flip());
            for (; digested < asked && slots.get((int) (digested % IN_FLIGHT)).hasRemaining(); digested++) {
                digest.update(slots.get((int) (digested % IN_FLIGHT)));
            }
            if (run.stopRequested()) {
                throw new FaultException(WorkerFault.WORKER_STOPPED, "a digest was not finished", "the job was asked to stop");
            }
        }
    }
}
