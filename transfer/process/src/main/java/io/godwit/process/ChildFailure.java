package io.godwit.process;

import org.jspecify.annotations.Nullable;

/// A child program that did not do what it was started for. Each caller turns it into the fault of its own module.
public final class ChildFailure extends RuntimeException {
    public enum Reason {
        /// No such program on the path.
        MISSING,
        /// The kernel would not start it.
        NOT_STARTED,
        /// It ended with another exit code than 0.
        EXITED,
        /// It ran past its deadline and was killed.
        DEADLINE,
        /// It said more than its reader takes.
        TOO_MUCH_OUTPUT,
        /// The caller was interrupted while it waited.
        INTERRUPTED
    }

    private final Reason reason;
    private final String program;
    private final int exitCode;
    private final String errorTail;
    private final String why;

    ChildFailure(Reason reason, String program, int exitCode, String errorTail, String why, @Nullable Throwable cause) {
        super(program + ": " + why + (errorTail.isEmpty() ? "" : "\n" + errorTail), cause);
        this.reason = reason;
        this.program = program;
        this.exitCode = exitCode;
        this.errorTail = errorTail;
        this.why = why;
    }

    public Reason reason() {
        return reason;
    }

    public String program() {
        return program;
    }

    /// Its exit code, 128 + n when signal n ended it; -1 when it has none.
    public int exitCode() {
        return exitCode;
    }

    /// The last lines of its standard error.
    public String errorTail() {
        return errorTail;
    }

    /// The reason in one sentence, without the tail.
    public String why() {
        return why;
    }
}
