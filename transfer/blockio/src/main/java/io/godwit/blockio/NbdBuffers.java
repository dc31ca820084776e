package io.godwit.blockio;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/// The memory of a connection, and of the one that takes its place after a break: so that many breaks take no more of it than none.
final class NbdBuffers {
    final ByteBuffer requests;
    final ByteBuffer header = ByteBuffer.allocateDirect(32);
    final ByteBuffer small = ByteBuffer.allocateDirect(8192);
    ByteBuffer payload;
    private final long windowBytes;
    private final Set<ByteBuffer> pieces = Collections.newSetFromMap(new IdentityHashMap<>()); // for answers in pieces: no more bytes than may be in flight
    private final ArrayDeque<ByteBuffer> spare = new ArrayDeque<>();

    NbdBuffers(NbdSettings settings) {
        requests = ByteBuffer.allocateDirect(NbdWire.LONGEST_REQUEST_HEADER * settings.depth());
        windowBytes = settings.windowBytes();
        payload = ByteBuffer.allocateDirect(settings.requestBytes());
    }

    /// @param length of the whole answer
    ByteBuffer piece(int length) {
        for (var each = spare.iterator(); each.hasNext();) {
            var fit = each.next();
            if (fit.capacity() >= length) {
                each.remove();
                return fit;
            }
        }
        while (!spare.isEmpty() && held() + length > windowBytes) { // they are of shorter answers than are asked for now
            pieces.remove(spare.pop());
        }
        var piece = ByteBuffer.allocateDirect(length);
        pieces.add(piece);
        return piece;
    }

    private long held() {
        return pieces.stream().mapToLong(ByteBuffer::capacity).sum();
    }

    void giveBack(ByteBuffer piece) {
        spare.push(piece);
    }

    /// Forgets what the last connection left in them.
    void reset() {
        requests.clear();
        spare.clear();
        spare.addAll(pieces);
    }
}
