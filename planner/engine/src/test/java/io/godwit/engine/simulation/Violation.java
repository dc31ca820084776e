package io.godwit.engine.simulation;

/// An invariant that did not hold.
final class Violation extends Error {
    Violation(String what) {
        super(what);
    }
}
