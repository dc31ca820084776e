package io.godwit.engine.itinerary;

import java.util.List;
import java.util.stream.Stream;

/// The steps of one VM migration, chosen once when it is created and stored in its journal.
///
/// @param name for people, e.g. `cold`
public record Itinerary(String name, List<Step> steps) {
    /// The names of all stages in order, each step once.
    public Stream<String> stages() {
        return stages(steps);
    }

    private static Stream<String> stages(List<Step> steps) {
        return steps.stream().flatMap(step -> switch (step) {
            case Step.Run(var stage) -> Stream.of(stage);
            case Step.Repeat(var inner, _) -> stages(inner);
        });
    }
}
