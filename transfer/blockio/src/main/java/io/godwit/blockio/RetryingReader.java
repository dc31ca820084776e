package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Gives each read once, over as many readers in turn as that takes: one that broke or stalled is replaced by another, which is asked again for
/// all that was in flight; a read that failed alone is asked for again alone, while the others go on. The disk was open before the first of
/// them is made, so that a refusal is trouble as any other.
final class RetryingReader implements BlockReader {
    private static final int MOST_STALLS = 3;
    private static final int DEADLINES = 10;
    private static final int LOSSES_BEFORE_WHOLE = 2;

    private final Dialer dialer;
    private final RetrySettings settings;
    private final Pause pause;
    private final Object name; // made a string only where something is to be said
    private final @Nullable Read[] reads;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final Handing handing = new Handing();
    private @Nullable BlockReader reader;
    private @Nullable Trouble outage; // of the connection, since its last sign of life
    private long sequence;
    private int inFlight;
    private int unasked;

    /// Where readers come from.
    interface Dialer {
        /// A new reader of the same disk; the one before it was closed.
        ///
        /// @throws FaultException `NBD_EXPORT_CHANGED` where it is another disk
        BlockReader dial();

        /// Ends the last reader in order, where it is idle.
        void hangUp();

        /// From any thread: ends the last reader, and whoever waits in [#dial()].
        void close();
    }

    private static final class Read {
        final long number;
        final long offset;
        final int length;
        final long tag;
        boolean asked;
        boolean whole; // was it asked for last
        boolean refusedWhole;
        int losses;
        int stalls;
        final long submitted;
        long due;
        @Nullable
        Trouble trouble;

        Read(long number, long offset, int length, long tag, long due) {
            this.number = number;
            this.offset = offset;
            this.length = length;
            this.tag = tag;
            this.due = due;
            submitted = due;
        }
    }

    RetryingReader(Object name, Dialer dialer, int depth, RetrySettings settings, Pause pause) {
        this.name = name;
        this.dialer = dialer;
        this.settings = settings;
        this.pause = pause;
        reads = new Read[depth];
        for (int slot = 0; slot < depth; slot++) {
            free.add(slot);
        }
    }

    /// Makes the connection now, so that what is wrong with it is known before a read is asked for.
    void connect() {
        connected();
    }

    @Override
    public int depth() {
        return reads.length;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void submit(long offset, int length, long tag) {
        var slot = free.poll();
        if (slot == null) {
            throw new IllegalStateException("more than " + reads.length + " reads in flight");
        }
        var read = new Read(sequence++, offset, length, tag, pause.nanoTime());
        reads[slot] = read;
        inFlight++;
        unasked++;
        if (reader != null) {
            ask(reader, slot, read);
        }
    }

    /// Asks for one read; false when the reader was lost by that.
    private boolean ask(BlockReader of, int slot, Read read) {
        try {
            read.whole = read.losses >= LOSSES_BEFORE_WHOLE && !read.refusedWhole; // so that the server can tell an error
            if (read.whole) {
                of.submitWhole(read.offset, read.length, slot);
            } else {
                of.submit(read.offset, read.length, slot);
            }
            read.asked = true;
            unasked--;
            return true;
        } catch (IllegalArgumentException e) {
            forget(slot);
            throw e;
        } catch (FaultException e) {
            lose(e);
            return false;
        }
    }

    @Override
    public void send() {
        var of = reader;
        if (of != null) {
            try {
                of.send();
            } catch (FaultException e) {
                lose(e);
            }
        }
    }

    @Override
    public void take(Taker taker) {
        if (inFlight == 0) {
            throw new IllegalStateException("nothing is in flight");
        }
        handing.begin(taker);
        while (!handing.handed) {
            var of = connected();
            if (unasked > 0 && !askAllDue(of)) {
                continue;
            }
            if (of.inFlight() == 0) {
                sleepUntilOneIsDue();
                continue;
            }
            try {
                of.take(handing);
            } catch (FaultException e) {
                lose(e);
            }
        }
        handing.end();
    }

    private BlockReader connected() {
        while (true) {
            var of = reader;
            if (of != null) {
                return of;
            }
            if (outage != null) {
                if (outage.over(pause.nanoTime())) {
                    throw outage.gaveUp(whatWaits(), pause.nanoTime());
                }
                sleep(outage.pause(pause.nanoTime()));
            }
            try {
                reader = dialer.dial();
            } catch (FaultException e) {
                if (pause.ended() || !Trouble.mayPass(e)) {
                    throw e;
                }
                outage = Trouble.after(outage, settings, e, pause.nanoTime());
            }
        }
    }

    /// Asks for all whose time has come; false when the reader was lost by that.
    private boolean askAllDue(BlockReader of) {
        long now = pause.nanoTime();
        for (int slot = 0; slot < reads.length; slot++) {
            var read = reads[slot];
            if (read != null && !read.asked && now - read.due >= 0 && !ask(of, slot, read)) {
                return false;
            }
        }
        return true;
    }

    private void sleepUntilOneIsDue() {
        long now = pause.nanoTime();
        long least = Long.MAX_VALUE;
        for (var read : reads) {
            if (read != null && !read.asked) {
                least = Math.min(least, read.due - now);
            }
        }
        if (least > 0) {
            sleep(Duration.ofNanos(least));
        }
    }

    private void sleep(Duration time) {
        if (!pause.sleep(time)) {
            throw new FaultException(BlockFault.NBD_CLOSED, "the connection to " + name + " was given up",
                    "it was closed by this side while it waited to try again");
        }
    }

    private void lose(FaultException failure) {
        if (reader != null) {
            reader.close();
            reader = null;
        }
        if (pause.ended() || !Trouble.mayPass(failure)) {
            throw failure;
        }
        long now = pause.nanoTime();
        outage = Trouble.after(outage, settings, failure, now);
        var oldest = oldest();
        if (oldest != null && failure.fault().is(BlockFault.NBD_STALLED) && ++oldest.stalls > MOST_STALLS
                && now - oldest.submitted >= DEADLINES * settings.deadline().toNanos()) { // others may be answered for ever
            throw outage.gaveUp(what(oldest), now);
        }
        for (var read : reads) {
            if (read != null && read.asked) {
                read.asked = false;
                read.due = now;
                unasked++;
                if (++read.losses > settings.tries()) { // the connection lives between the breaks, so that none of them is the last
                    throw outage.gaveUp(what(read), now);
                }
            }
        }
    }

    private @Nullable Read oldest() {
        Read oldest = null;
        for (var read : reads) {
            if (read != null && (oldest == null || read.number < oldest.number)) {
                oldest = read;
            }
        }
        return oldest;
    }

    private String whatWaits() {
        var oldest = oldest();
        return oldest == null ? "no connection to " + name + " could be made" : what(oldest);
    }

    private String what(Read read) {
        var others = inFlight > 1 ? ", with " + (inFlight - 1) + " more in flight," : "";
        return "the read of " + read.length + " bytes at offset " + read.offset + " of " + name + others + " was given up";
    }

    private Read forget(int slot) {
        var read = reads[slot];
        if (read == null) {
            throw new IllegalStateException("no read has the tag " + slot);
        }
        reads[slot] = null;
        free.add(slot);
        inFlight--;
        unasked -= read.asked ? 0 : 1;
        return read;
    }

    /// Tells the server that no more requests come, where nothing is in flight.
    void disconnect() {
        dialer.hangUp();
        close();
    }

    @Override
    public void close() {
        pause.end();
        dialer.close();
    }

    /// Between the reader and the taker: what the taker throws is not the reader's fault.
    private final class Handing implements Taker {
        private @Nullable Taker taker;
        private @Nullable Throwable thrown;
        boolean handed;

        void begin(Taker next) {
            taker = next;
            thrown = null;
            handed = false;
        }

        void end() {
            taker = null;
            if (thrown instanceof Error e) { // no switch over patterns: its first use costs a short copy a tenth of its time
                throw e;
            }
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
        }

        @Override
        public void taken(long slot, long offset, ByteBuffer bytes) {
            outage = null;
            var read = forget((int) slot);
            handed = true;
            try {
                to().taken(read.tag, offset, bytes);
            } catch (RuntimeException | Error e) {
                thrown = e;
            }
        }

        @Override
        public void failed(long slot, FaultException fault) {
            var read = reads[(int) slot];
            if (read == null) {
                throw new IllegalStateException("no read has the tag " + slot);
            }
            long now = pause.nanoTime();
            read.asked = false;
            unasked++;
            if (read.whole && fault.fault().is(BlockFault.NBD_READ_REFUSED)) { // a server need not send more than 64 KiB in one piece
                read.refusedWhole = true;
                return;
            }
            read.trouble = Trouble.after(read.trouble, settings, fault, now);
            if (!Trouble.mayPass(fault) || read.trouble.over(now)) {
                var last = Trouble.mayPass(fault) ? read.trouble.gaveUp(what(read), now) : fault;
                forget((int) slot);
                handed = true;
                try {
                    to().failed(read.tag, last);
                } catch (RuntimeException | Error e) {
                    thrown = e;
                }
                return;
            }
            read.due = now + read.trouble.pause(now).toNanos();
        }

        private Taker to() {
            return Objects.requireNonNull(taker);
        }
    }
}
