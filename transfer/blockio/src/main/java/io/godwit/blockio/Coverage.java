package io.godwit.blockio;

import java.util.TreeMap;

/// Which bytes of one answer have come, in whatever order and pieces.
final class Coverage {
    /// Pieces that lie apart, at most: no server has a reason to send that many, and each takes memory.
    static final int MOST_ISLANDS = 4096;

    private final int length;
    private int prefix; // all before this has come: the whole story, unless pieces come out of order
    private final TreeMap<Integer, Integer> islands = new TreeMap<>();

    Coverage(int length) {
        this.length = length;
    }

    /// Notes that a piece has come; false when a byte of it had come already.
    boolean add(int from, int count) {
        int end = from + count;
        if (from == prefix && islands.isEmpty()) {
            prefix = end;
            return true;
        }
        var before = islands.floorEntry(from);
        var after = islands.ceilingEntry(from);
        if (from < prefix || (before != null && before.getValue() > from) || (after != null && after.getKey() < end)) {
            return false;
        }
        islands.put(from, end);
        for (var first = islands.firstEntry(); first != null && first.getKey() == prefix; first = islands.firstEntry()) {
            prefix = first.getValue();
            islands.pollFirstEntry();
        }
        return true;
    }

    /// Whether more pieces lie apart than are borne with.
    boolean scattered() {
        return islands.size() > MOST_ISLANDS;
    }

    boolean complete() {
        return prefix == length;
    }

    int missing() {
        return length - prefix;
    }
}
