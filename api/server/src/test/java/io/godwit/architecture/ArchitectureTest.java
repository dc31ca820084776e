package io.godwit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ArchitectureTest {
    /// Each rule, and the planted class that breaks it.
    static Stream<Arguments> rules() {
        return Stream.of(
                Arguments.of("dependenciesPointInwards", Architecture.dependenciesPointInwards(),
                        "io.godwit.model.planted.ModelThatUsesTheEngine"),
                Arguments.of("platformsIgnoreEachOther", Architecture.platformsIgnoreEachOther(),
                        "io.godwit.provider.plantedone.PlatformThatUsesAnother"),
                Arguments.of("platformsShowOnlyTheirFactory", Architecture.platformsShowOnlyTheirFactory(),
                        "io.godwit.provider.plantedtwo.PlatformThatShowsMore"),
                Arguments.of("frameworksStayAtTheEdges", Architecture.frameworksStayAtTheEdges(),
                        "io.godwit.engine.planted.EngineThatUsesSpring"),
                Arguments.of("stagesHoldNoState", Architecture.stagesHoldNoState(), "io.godwit.engine.planted.StageThatRemembers"),
                Arguments.of("namesSayWhatAThingIs", Architecture.namesSayWhatAThingIs(), "io.godwit.model.planted.DiskHelper"),
                Arguments.of("onlyRoutesRunStages", Architecture.onlyRoutesRunStages(), "io.godwit.api.planted.ServerThatRunsAStage"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void holds(String name, ArchRule rule, String planted) {
        rule.check(ProductionCode.CLASSES);
    }

    @ParameterizedTest(name = "{0} notices {2}")
    @MethodSource("rules")
    void noticesWhatBreaksIt(String name, ArchRule rule, String planted) throws ClassNotFoundException {
        var broken = new ClassFileImporter().importClasses(Class.forName(planted));
        var result = rule.allowEmptyShould(true).evaluate(broken);
        assertThat(result.hasViolation()).as(name).isTrue();
        assertThat(result.getFailureReport().toString()).contains(planted).contains(", because ");
    }

    @Test
    void everyModuleIsJudged() {
        var seen = ProductionCode.CLASSES.stream().flatMap(type -> Architecture.moduleOf(type).stream())
                .map(module -> module.startsWith("provider.") && !module.equals("provider.testkit") ? "provider.*" : module)
                .collect(Collectors.toSet());
        assertThat(seen).containsExactlyInAnyOrderElementsOf(Architecture.MAY_USE.keySet());
    }

    @Test
    void aNameOfTheListIsFoundAndALikeOneIsNot() {
        assertThat(
                Stream.of("a.DiskImpl", "a.DiskUtils", "a.Util", "a.DiskManager", "a.CommonDisk", "a.BaseDisk", "a.DiskBase", "a.PlanDTO",
                        "a.Outer$DiskHelper"))
                .allMatch(Architecture::saysNothing);
        assertThat(Stream.of("a.Database", "a.Baseline", "a.Implosion", "a.Utility", "a.Commons", "a.EmbeddedDatabase"))
                .noneMatch(Architecture::saysNothing);
    }
}
