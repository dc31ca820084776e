package io.godwit.engine.itinerary;

import java.util.List;

/// One step of an itinerary, as it is stored. Stage and gate names are constants that are never renamed.
public sealed interface Step {
    /// Passes a stage once.
    record Run(String stage) implements Step {}

    /// Passes its steps again and again; before each round it looks whether the gate was reached, and then goes on behind.
    record Repeat(List<Step> steps, String until) implements Step {}
}
