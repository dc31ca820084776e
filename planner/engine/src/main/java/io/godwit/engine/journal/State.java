package io.godwit.engine.journal;

/// Where a VM migration stands, as its journal says.
public enum State {
    /// Nothing is there yet.
    NONE(Phase.QUEUED),
    /// Created; no step was started.
    QUEUED(Phase.QUEUED),
    /// The next step can start as soon as its slots are free.
    READY(Phase.RUNNING),
    /// A step is under way.
    RUNNING(Phase.RUNNING),
    /// A step ended with a fault and is tried again by itself.
    BACKING_OFF(Phase.WAITING),
    /// A step ended with a fault that waits for a person; everything is kept.
    FAILED(Phase.FAILED),
    /// Everything is being undone.
    CANCELING(Phase.CANCELING),
    /// Undoing ended with a fault that waits for a person.
    CANCEL_FAILED(Phase.FAILED), CANCELED(Phase.CANCELED), SUCCEEDED(Phase.SUCCEEDED);

    private final Phase phase;

    State(Phase phase) {
        this.phase = phase;
    }

    /// As people see it.
    public Phase phase() {
        return phase;
    }
}
