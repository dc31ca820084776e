package io.godwit.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The digest of each block, one behind the other in a file. Neighbours are written together: a write of each for itself costs a copy as
/// much as making it. Thread-safe.
final class DigestTable {
    private static final int PAGE = 256; // digests
    private static final int MOST_PAGES = 64;
    private static final int BATCH = 4096;

    private final CheckpointFile file;
    private final long at;
    private final BlockLayout layout;
    private final int width;
    private final Map<Integer, Page> unwritten = new LinkedHashMap<>(); // by its number, the eldest first; guarded by this

    DigestTable(CheckpointFile file, long at, BlockLayout layout) {
        this.file = file;
        this.at = at;
        this.layout = layout;
        this.width = layout.method().bytes();
    }

    /// Notes a digest. Another process sees it from the next [#write()] on.
    synchronized void put(int block, byte[] digest) throws IOException {
        if (width == 0) {
            return;
        }
        int number = block / PAGE;
        var page = unwritten.get(number);
        if (page == null) {
            page = new Page(number);
            unwritten.put(number, page);
        }
        page.put(block, digest);
        if (page.isFull()) {
            write(page);
        } else if (unwritten.size() > MOST_PAGES) {
            write(unwritten.values().iterator().next());
        }
    }

    /// Writes what was noted; flushes nothing.
    synchronized void write() throws IOException {
        for (var page : unwritten.values().toArray(Page[]::new)) {
            write(page);
        }
    }

    private void write(Page page) throws IOException {
        page.write();
        unwritten.remove(page.number); // not where it could not be written
    }

    /// @throws IOException also where no digest of that block was ever noted and it is behind all that were
    byte[] get(int block) throws IOException {
        var digest = noted(block);
        if (digest != null) {
            return digest;
        }
        var read = ByteBuffer.allocate(width);
        if (file.read(read, placeOf(block)) < width) {
            throw new IOException("it ends before the digest of block " + block);
        }
        return read.array();
    }

    private synchronized byte @Nullable [] noted(int block) {
        var page = unwritten.get(block / PAGE);
        return page == null ? null : page.get(block);
    }

    /// One digest over those of all blocks, in two levels, so that what has no data costs nothing: SHA-256 over the SHA-256 of each batch of
    /// digests.
    ///
    /// @param known which blocks have a digest here: of the others it is that of zeroes
    String root(BitSet known) throws IOException {
        write();
        var root = BlockDigest.sha256();
        var sha = BlockDigest.sha256();
        var batch = ByteBuffer.allocate(BATCH * width);
        var plain = layout.wholeDisk() ? zeroBatch(sha) : null; // nearly all of a big disk
        for (int from = 0; from < layout.blocks(); from += BATCH) {
            int count = Math.min(BATCH, layout.blocks() - from);
            int next = known.nextSetBit(from);
            if (plain != null && (next < 0 || next >= from + count) && from + count < layout.blocks()) {
                root.update(plain);
                continue;
            }
            file.read(batch.clear().limit(count * width), placeOf(from));
            for (int i = 0; i < count; i++) {
                if (!known.get(from + i)) {
                    batch.put(i * width, layout.zeroDigest(from + i));
                }
            }
            sha.update(batch.array(), 0, count * width);
            root.update(sha.digest());
        }
        return HexFormat.of().formatHex(root.digest());
    }

    private byte[] zeroBatch(MessageDigest sha) {
        for (int i = 0; i < BATCH; i++) {
            sha.update(layout.zeroDigest(0));
        }
        return sha.digest();
    }

    /// Where in the file the last digest ends.
    long end() {
        return placeOf(layout.blocks());
    }

    private long placeOf(int block) {
        return at + (long) block * width;
    }

    /// Some digests of one page, not written yet. What else is on it lies in the file.
    private final class Page {
        private final int number;
        private final byte[] digests = new byte[PAGE * width];
        private final BitSet noted = new BitSet(PAGE);

        Page(int number) {
            this.number = number;
        }

        void put(int block, byte[] digest) {
            System.arraycopy(digest, 0, digests, block % PAGE * width, width);
            noted.set(block % PAGE);
        }

        byte @Nullable [] get(int block) {
            int index = block % PAGE;
            if (!noted.get(index)) {
                return null;
            }
            var digest = new byte[width];
            System.arraycopy(digests, index * width, digest, 0, width);
            return digest;
        }

        boolean isFull() {
            return noted.nextClearBit(0) == PAGE;
        }

        void write() throws IOException {
            for (int from = noted.nextSetBit(0); from >= 0;) {
                int to = noted.nextClearBit(from);
                file.write(ByteBuffer.wrap(digests, from * width, (to - from) * width), placeOf(number * PAGE + from));
                from = noted.nextSetBit(to);
            }
        }
    }
}
