package io.godwit.engine.journal;

/// Where a VM migration stands, as people see it.
public enum Phase {
    QUEUED(true, false), RUNNING(true, false), WAITING(true, false), FAILED(false, false), CANCELING(true, false), CANCELED(false,
            true), SUCCEEDED(false, true);

    private final boolean active;
    private final boolean ended;

    Phase(boolean active, boolean ended) {
        this.active = active;
        this.ended = ended;
    }

    /// Whether the engine works on it by itself: its plan cannot be started again meanwhile.
    public boolean active() {
        return active;
    }

    /// Whether nothing can happen to it any more.
    public boolean ended() {
        return ended;
    }
}
