package io.godwit.engine.journal;

/// Where in an itinerary an entry belongs: `<index>:<stage>`, inside of a repeat `<index>[<round>]/<index>:<stage>`; indexes count from
/// 0, rounds from 1. Empty for entries of no step.
public record StepPath(String value) {
    public static final StepPath NONE = new StepPath("");

    /// The stage's name; empty for [#NONE].
    public String stage() {
        return value.substring(value.lastIndexOf(':') + 1);
    }

    @Override
    public String toString() {
        return value;
    }
}
