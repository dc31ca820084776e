package io.godwit.blockio;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The memory of a connection, and of the one that takes its place after a break: so that many breaks take no more of it than none.
final class NbdBuffers {
    final ByteBuffer requests;
    final ByteBuffer header = ByteBuffer.allocateDirect(32);
    final ByteBuffer small = ByteBuffer.allocateDirect(8192);
    final ByteBuffer payload;
    private final int pieceBytes;
    private final List<ByteBuffer> pieces = new ArrayList<>(); // for answers in pieces: at most one for each request in flight
    private final ArrayDeque<ByteBuffer> spare = new ArrayDeque<>();

    NbdBuffers(NbdSettings settings) {
        requests = ByteBuffer.allocateDirect(NbdWire.LONGEST_REQUEST_HEADER * settings.depth());
        pieceBytes = settings.requestBytes();
        payload = ByteBuffer.allocateDirect(pieceBytes);
    }

    ByteBuffer piece() {
        if (spare.isEmpty()) {
            var piece = ByteBuffer.allocateDirect(pieceBytes);
            pieces.add(piece);
            return piece;
        }
        return spare.pop();
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
