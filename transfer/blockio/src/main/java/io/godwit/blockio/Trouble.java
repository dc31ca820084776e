package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What goes wrong again and again: since when, how often, and what it was at first.
final class Trouble {
    private final RetrySettings settings;
    private final FaultException first;
    private final long since;
    private FaultException last;
    private int failures = 1;

    private Trouble(RetrySettings settings, FaultException first, long now) {
        this.settings = settings;
        this.first = first;
        this.last = first;
        this.since = now;
    }

    /// The trouble there is with one failure more.
    static Trouble after(@Nullable Trouble before, RetrySettings settings, FaultException failure, long now) {
        if (before == null) {
            return new Trouble(settings, failure, now);
        }
        before.failures++;
        before.last = failure;
        return before;
    }

    /// Whether to try again may help, for an export that was open before: one that is refused now may come back, as where a server cannot
    /// open it because its own source is away. What is no fault of the connection, such as the death of a server that nobody starts again,
    /// does not pass.
    static boolean mayPass(FaultException failure) {
        var fault = failure.fault();
        return (fault.retryable() && fault.code().startsWith("NBD_")) || fault.is(BlockFault.NBD_REFUSED);
    }

    boolean over(long now) {
        return failures > settings.tries() || now - since >= settings.deadline().toNanos();
    }

    /// Until the next try, the last of which is at the deadline.
    Duration pause(long now) {
        var pause = settings.pauseAfter(failures);
        var left = settings.deadline().minusNanos(now - since);
        return pause.compareTo(left) < 0 ? pause : left.isNegative() ? Duration.ZERO : left;
    }

    /// The first fault as one that tells of all tries.
    FaultException gaveUp(String what, long now) {
        var cause = first.fault();
        var latest = last.fault();
        var told = cause.what() + ": " + cause.why();
        var toldLast = latest.what() + ": " + latest.why();
        var why = "it was tried " + failures + (failures == 1 ? " time" : " times") + " in " + (now - since) / 1_000_000 + " ms; at first: "
                + told + (toldLast.equals(told) ? "" : "; at last: " + toldLast);
        var fault = new FaultException(cause.told(what, why), first);
        if (last != first) {
            fault.addSuppressed(last);
        }
        return fault;
    }
}
