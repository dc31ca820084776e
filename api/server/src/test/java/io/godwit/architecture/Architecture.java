package io.godwit.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.engine.stage.Stage;
import io.godwit.provider.DestinationProviderFactory;
import io.godwit.provider.SourceProviderFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The rules of the design, each with how to get right what it finds.
final class Architecture {
    private static final String ROOT = "io.godwit.";
    private static final Pattern NOTHING = Pattern
            .compile("\\w*(Impl|Utils?|Helpers?|Managers?|DTO|Dto|Common|Base)|(Common|Base)[A-Z]\\w*");
    private static final String PLATFORMS = "io.godwit.provider.*..";

    /// Which modules a module may use beside itself. `provider.*` is every platform.
    static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("model", Set.of()),
            Map.entry("process", Set.of()),
            Map.entry("provider", Set.of("model")),
            Map.entry("provider.testkit", Set.of("model", "provider", "process", "protocol")),
            Map.entry("provider.*", Set.of("model", "provider", "process", "protocol")),
            Map.entry("protocol", Set.of("model")),
            Map.entry("blockio", Set.of("model")),
            Map.entry("engine", Set.of("model", "provider")),
            Map.entry("routes", Set.of("model", "engine")),
            Map.entry("store", Set.of("model", "provider", "engine")),
            Map.entry("export", Set.of("model", "process", "blockio")),
            Map.entry("transfer", Set.of("model", "process", "export", "blockio")),
            Map.entry("convert", Set.of("model", "process", "export", "blockio")),
            Map.entry("worker", Set.of("model", "process", "export", "blockio", "transfer", "convert", "protocol")),
            Map.entry("cli", Set.of()),
            Map.entry("api", Set.of("model", "provider", "engine", "routes", "store")));

    static ArchRule dependenciesPointInwards() {
        return classes().should(useOnlyModulesInwards())
                .because("an inner module must not change with an outer one: give it a port (an interface of its own) that the outer module"
                        + " implements, or move what both need to io.godwit.model");
    }

    static ArchRule platformsIgnoreEachOther() {
        return noClasses().that().resideInAPackage(PLATFORMS).should(useAnotherPlatform())
                .because("each platform is one folder that can be taken away: put what two of them need into the SPI");
    }

    static ArchRule platformsShowOnlyTheirFactory() {
        return classes().that().resideInAPackage(PLATFORMS).and().resideOutsideOfPackage("io.godwit.provider.testkit..").and()
                .areTopLevelClasses().and().areNotAssignableTo(SourceProviderFactory.class).and()
                .areNotAssignableTo(DestinationProviderFactory.class).should().notBePublic().allowEmptyShould(true)
                .because("the server meets a platform through its factory alone: make the class package-private");
    }

    static ArchRule frameworksStayAtTheEdges() {
        return noClasses().that().resideOutsideOfPackages("io.godwit.api..", "io.godwit.store..", "io.godwit.routes..").should()
                .dependOnClassesThat().resideInAnyPackage("org.springframework..", "org.apache.camel..", "org.quartz..")
                .because("the engine must run without a framework under simulation: put this class into api, store or routes, and a port"
                        + " into the engine");
    }

    static ArchRule stagesHoldNoState() {
        return fields().that().areDeclaredInClassesThat().areAssignableTo(Stage.class).should().beFinal().allowEmptyShould(true)
                .because("a stage is run by any replica after any crash: append a Fact to the journal and read it from there");
    }

    static ArchRule namesSayWhatAThingIs() {
        return noClasses().should(haveAName())
                .because("such a name says nothing: name the means (JdbcMigrationStore), the role (DiskCopier) or the thing itself");
    }

    /// Whether the last part of a full class name is one of those that could stand for anything.
    static boolean saysNothing(String className) {
        return NOTHING.matcher(className.substring(Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1)).matches();
    }

    private static ArchCondition<JavaClass> haveAName() {
        return new ArchCondition<>("have a name that says nothing (Impl, Util, Helper, Manager, Common, Base, DTO)") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (saysNothing(type.getName())) {
                    events.add(SimpleConditionEvent.satisfied(type, type.getName() + " says nothing"));
                }
            }
        };
    }

    static ArchRule onlyRoutesRunStages() {
        return noClasses().that().resideOutsideOfPackages("io.godwit.routes..", "io.godwit.engine..").should()
                .callMethodWhere(describe("VmMigrationRunner.execute", call -> call.getName().equals("execute")
                        && call.getTargetOwner().isAssignableTo(VmMigrationRunner.class)))
                .because("a stage whose route was taken away must stop: hint at the migration, and let the claim route find it");
    }

    private static ArchCondition<JavaClass> useOnlyModulesInwards() {
        return new ArchCondition<>("use only modules further inwards") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                var module = moduleOf(type);
                if (module.isEmpty()) {
                    return;
                }
                var mayUse = MAY_USE.get(ruleOf(module.get()));
                if (mayUse == null) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " is in no module that the design knows"));
                    return;
                }
                for (var dependency : type.getDirectDependenciesFromSelf()) {
                    var used = moduleOf(dependency.getTargetClass());
                    if (used.isPresent() && !used.equals(module) && !mayUse.contains(used.get())) {
                        events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> useAnotherPlatform() {
        return new ArchCondition<>("use another platform") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (var dependency : type.getDirectDependenciesFromSelf()) {
                    var used = moduleOf(dependency.getTargetClass());
                    if (used.isPresent() && used.get().startsWith("provider.") && !used.equals(moduleOf(type))) {
                        events.add(SimpleConditionEvent.satisfied(type, dependency.getDescription()));
                    }
                }
            }
        };
    }

    /// `io.godwit.engine.stage.Stage` is of `engine`, `io.godwit.provider.ova.OvaFactory` of `provider.ova`.
    static Optional<String> moduleOf(JavaClass type) {
        var component = type.isArray() ? type.getBaseComponentType() : type;
        if (!component.getPackageName().startsWith(ROOT)) {
            return Optional.empty();
        }
        var parts = List.of(component.getPackageName().substring(ROOT.length()).split("\\."));
        return Optional.of(parts.getFirst().equals("provider") && parts.size() > 1 ? "provider." + parts.get(1) : parts.getFirst());
    }

    private static String ruleOf(String module) {
        return module.startsWith("provider.") && !MAY_USE.containsKey(module) ? "provider.*" : module;
    }

    private Architecture() {}
}
