package io.godwit.engine.simulation;

/// A replica is gone: no code of it runs any more.
final class ProcessDied extends Error {
    ProcessDied() {
        super("died", null, false, false);
    }
}
