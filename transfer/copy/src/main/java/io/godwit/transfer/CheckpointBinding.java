package io.godwit.transfer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/// Whose a checkpoint is, in numbers of one length: of the job, of any pass over its target, and of each part of the job for itself.
final class CheckpointBinding {
    /// Of the number of a job, and of that of a target.
    static final int BYTES = 32;

    private static final List<String> PARTS = List.of("job", "disk", "source", "target", "size", "length of blocks", "digest",
            "list of extents");

    private final byte[] job;
    private final byte[] target;
    private final byte[] details;

    private CheckpointBinding(byte[] job, byte[] target, byte[] details) {
        this.job = job;
        this.target = target;
        this.details = details;
    }

    static CheckpointBinding of(BlockLayout layout, Checkpoint.Identity identity) {
        return new CheckpointBinding(bind(layout, identity.job()),
                layout.wholeDisk() ? bind(layout, identity.target()) : new byte[BYTES], // a list of extents is no pass over the target
                details(layout, identity.job()));
    }

    /// Differs for every other job, source, target, size and layout.
    byte[] job() {
        return job;
    }

    /// Differs for every other target, size and layout; zeroes where there can be no other pass like it.
    byte[] target() {
        return target;
    }

    /// Only to tell what differs.
    byte[] details() {
        return details;
    }

    private static byte[] bind(BlockLayout layout, List<String> identity) {
        var sha = BlockDigest.sha256();
        for (var part : identity) {
            var bytes = part.getBytes(StandardCharsets.UTF_8);
            sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            sha.update(bytes);
        }
        layout.describe(sha::update);
        return sha.digest();
    }

    /// In the order of [#PARTS].
    private static byte[] details(BlockLayout layout, List<String> job) {
        var details = ByteBuffer.allocate(PARTS.size() * Long.BYTES);
        for (int part = 0; part < PARTS.size() - 4; part++) {
            details.putLong(part < job.size() ? number(job.get(part)) : 0);
        }
        details.putLong(layout.sizeBytes()).putLong(layout.blockBytes()).putLong(number(layout.method().label()));
        var list = new CRC32C(); // the first read waits for it
        if (!layout.wholeDisk()) {
            layout.describe(list::update);
        }
        return details.putLong(list.getValue()).array();
    }

    private static long number(String text) {
        return ByteBuffer.wrap(BlockDigest.sha256().digest(text.getBytes(StandardCharsets.UTF_8))).getLong();
    }

    /// The parts in which a job differs whose details are these.
    String differenceTo(byte[] others) {
        var names = new ArrayList<String>();
        for (int at = 0; at < details.length; at += Long.BYTES) {
            if (!Arrays.equals(others, at, at + Long.BYTES, details, at, at + Long.BYTES)) {
                names.add(PARTS.get(at / Long.BYTES));
            }
        }
        boolean told = !names.isEmpty() && !Arrays.equals(others, new byte[others.length]); // else it was written before this was noted
        if (told && names.size() > 1) {
            names.remove(PARTS.getLast()); // it follows from the others
        }
        return told ? String.join(", ", names) : "job, source, target or size";
    }
}
