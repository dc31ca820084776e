package io.godwit.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.journal.Transitions;
import io.godwit.engine.journal.Transitions.Transition;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// `-Dgodwit.seed=N` runs that seed alone, `-Dgodwit.seeds=N` that many.
class SimulationTest {
    private static final Optional<Long> SEED = Optional.ofNullable(Long.getLong("godwit.seed"));
    private static final int SEEDS = Integer.getInteger("godwit.seeds", 2_000);
    private static final int SEEDS_PER_MUTANT = 400;

    @Test
    void noSeedBreaksAnInvariantAndTogetherTheyVisitEveryTransition() {
        Set<Transition> visited = new HashSet<>();
        if (SEED.isPresent()) {
            run(SEED.get());
            return;
        }
        for (long seed = 0; seed < SEEDS; seed++) {
            visited.addAll(run(seed));
        }
        System.out.println("simulation: " + SEEDS + " seeds, " + visited.size() + " of " + Transitions.table().size() + " transitions");
        assertThat(visited).as("a transition that no seed visits is untested").containsAll(Transitions.table());
    }

    private static Set<Transition> run(long seed) {
        try {
            return new World(seed, Mutant.NONE, false).run();
        } catch (Violation | RuntimeException e) {
            throw new AssertionError("seed " + seed + " (replay with -Dgodwit.seed=" + seed + "): " + e + "\n" + trace(seed), e);
        }
    }

    /// The same run again, watched.
    private static String trace(long seed) {
        var world = new World(seed, Mutant.NONE, true);
        try {
            world.run();
        } catch (Violation | RuntimeException e) {
            return String.join("\n", world.trace());
        }
        throw new AssertionError("seed " + seed + " went well the second time: something in it is not of the seed");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void findsAPlantedBug(Mutant mutant) {
        for (long seed = 0; seed < SEEDS_PER_MUTANT; seed++) {
            try {
                new World(seed, mutant, false).run();
            } catch (Violation | RuntimeException e) {
                System.out.println("simulation: " + mutant + " found by seed " + seed + ": " + e.getMessage());
                return;
            }
        }
        throw new AssertionError(mutant + " was not found in " + SEEDS_PER_MUTANT + " seeds");
    }
}
