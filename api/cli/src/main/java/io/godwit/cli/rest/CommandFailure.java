package io.godwit.cli.rest;

/// Ends a command: what to print, and what to exit with.
public final class CommandFailure extends RuntimeException {
    private final transient Problem problem;
    private final int exitStatus;

    public CommandFailure(int exitStatus, Problem problem) {
        super(problem.what());
        this.problem = problem;
        this.exitStatus = exitStatus;
    }

    public CommandFailure(int exitStatus, Problem problem, Throwable cause) {
        super(problem.what(), cause);
        this.problem = problem;
        this.exitStatus = exitStatus;
    }

    public Problem problem() {
        return problem;
    }

    public int exitStatus() {
        return exitStatus;
    }

    /// Whether the server could not be asked at all.
    public boolean unreachable() {
        return exitStatus == ExitStatus.UNREACHABLE;
    }
}
