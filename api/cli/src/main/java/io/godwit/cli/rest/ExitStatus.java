package io.godwit.cli.rest;

/// What the command line ends with; scripts rely on these numbers, so none is ever given another meaning.
public final class ExitStatus {
    public static final int OK = 0;
    /// What was asked about is not well: a migration failed, a plan is not ready, the doctor found a failure.
    public static final int FAILED = 1;
    /// The words of the command are wrong.
    public static final int USAGE = 2;
    /// No server answered.
    public static final int UNREACHABLE = 3;
    /// The server refused: not found, a conflict, something invalid, no right to it.
    public static final int REFUSED = 4;
    /// The server failed at it, or answered something that is not Godwit's.
    public static final int SERVER_ERROR = 5;
    /// The migration was cancelled.
    public static final int CANCELED = 6;

    private ExitStatus() {}
}
