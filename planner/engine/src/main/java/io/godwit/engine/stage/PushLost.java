package io.godwit.engine.stage;

/// The push cannot go on under its lease: another has it, time is up, or the store's answer is missing. Whoever claims next goes on from
/// the journal. Stages let it pass.
public final class PushLost extends RuntimeException {
    public PushLost(String why) {
        super(why);
    }

    public PushLost(String why, Throwable cause) {
        super(why, cause);
    }
}
