package io.godwit.blockio;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The requests of one connection that have no answer yet. A cookie names the slot of its request, and is never used twice.
final class InFlight {
    private static final int SLOT_BITS = 16;
    private static final int SLOT = (1 << SLOT_BITS) - 1;

    private final @Nullable Pending[] slots;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private long sequence;
    private int count;
    private int answeredSimply;
    private int slow;

    InFlight(int depth) {
        slots = new Pending[depth];
        for (int slot = 0; slot < depth; slot++) {
            free.add(slot);
        }
    }

    Pending add(int command, long offset, long length, long tag, NbdExport.Replies replies) {
        var slot = free.poll();
        if (slot == null) {
            throw new IllegalStateException("more than " + slots.length + " requests in flight");
        }
        var pending = new Pending(++sequence << SLOT_BITS | slot, command, offset, length, tag, replies);
        slots[slot] = pending;
        count++;
        answeredSimply += pending.mayBeAnsweredSimply ? 1 : 0;
        slow += pending.slow ? 1 : 0;
        return pending;
    }

    /// The request with that cookie; `null` where there is none in flight.
    @Nullable
    Pending find(long cookie) {
        int slot = (int) (cookie & SLOT);
        var pending = slot < slots.length ? slots[slot] : null;
        return pending == null || pending.cookie != cookie ? null : pending;
    }

    void remove(Pending pending) {
        int slot = (int) (pending.cookie & SLOT);
        slots[slot] = null;
        free.add(slot);
        count--;
        answeredSimply -= pending.mayBeAnsweredSimply ? 1 : 0;
        slow -= pending.slow ? 1 : 0;
    }

    int count() {
        return count;
    }

    /// When the oldest one was asked for.
    long oldest() {
        long oldest = Long.MAX_VALUE;
        for (var each : slots) {
            if (each != null) {
                oldest = Math.min(oldest, each.asked);
            }
        }
        return oldest;
    }

    /// Whether one is among them that may be long at work: a flush, or zeroes.
    boolean someSlow() {
        return slow > 0;
    }

    /// Whether the next answer may be one of 16 bytes.
    boolean someAnsweredSimply() {
        return answeredSimply > 0;
    }
}
