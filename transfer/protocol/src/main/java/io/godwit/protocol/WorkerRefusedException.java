package io.godwit.protocol;

import java.io.IOException;

/// The worker is there and said no.
public final class WorkerRefusedException extends IOException {
    private final int status;

    WorkerRefusedException(String what, int status, String answer) {
        super(what + ": the worker answered " + status + ": " + answer);
        this.status = status;
    }

    /// HTTP status of its answer.
    public int status() {
        return status;
    }
}
