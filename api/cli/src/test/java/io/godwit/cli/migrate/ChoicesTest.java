package io.godwit.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What is decided for a person, and what is asked back.
class ChoicesTest {
    private static final JsonNode TWO = inventory("""
            {"id":"a.ova","name":"web","nics":[{"network":"n1"},{"network":"n1"}]},
            {"id":"b.ova","name":"db","nics":[{"network":"n1"},{"network":"n2"}]}""", "");

    private static JsonNode inventory(String vms, String unreadable) {
        return Rest.JSON.readTree(
                "{\"vms\":[" + vms + "],\"networks\":[{\"id\":\"n1\",\"name\":\"VM Network\"},{\"id\":\"n2\",\"name\":\"Backup\"},"
                        + "{\"id\":\"n3\",\"name\":\"Backup\"}],\"unreadable\":[" + unreadable + "]}");
    }

    private static Problem problemOf(int status, ThrowingCallable call) {
        var found = new Problem[1];
        assertThatThrownBy(call).isInstanceOfSatisfying(CommandFailure.class, failure -> {
            assertThat(failure.exitStatus()).isEqualTo(status);
            found[0] = failure.problem();
        });
        return found[0];
    }

    private static List<Wanted> choose(String... vms) {
        return Wanted.choose(TWO, List.of(vms));
    }

    @Test
    void takesAllVmsWhereNoneIsNamed() {
        assertThat(choose()).extracting(Wanted::name).containsExactly("web", "db");
    }

    @Test
    void takesNamedOnesByNameAndIdWithANewName() {
        assertThat(choose("db=db2", "id:a.ova")).extracting(each -> each.id() + ">" + each.targetName()).containsExactly("b.ova>db2",
                "a.ova>");
    }

    @Test
    void listsWhatThereIsWhereAVmIsNotFound() {
        var problem = problemOf(ExitStatus.REFUSED, () -> choose("mail"));
        assertThat(problem.what()).isEqualTo("The source has no VM 'mail'.");
        assertThat(problem.why()).isEqualTo("it has: web, db");
    }

    @Test
    void asksForTheIdOfOneOfTwoVmsOfAName() {
        var twins = inventory("{\"id\":\"a\",\"name\":\"web\"},{\"id\":\"b\",\"name\":\"web\"}", "");
        assertThat(problemOf(ExitStatus.REFUSED, () -> Wanted.choose(twins, List.of("web"))).remedy()).contains("--vm id:a");
    }

    /// Or a folder would be said to be migrated of which a part is not.
    @Test
    void takesNotAllWhereSomeCannotBeRead() {
        var some = inventory("{\"id\":\"a.ova\",\"name\":\"web\",\"nics\":[]}",
                "{\"location\":\"b.ova\",\"fault\":{\"code\":\"OVA_UNREADABLE\",\"what\":\"b.ova is torn\",\"why\":\"it ends early\"}}");
        assertThat(problemOf(ExitStatus.REFUSED, () -> Wanted.choose(some, List.of())).details())
                .containsExactly("b.ova: OVA_UNREADABLE: b.ova is torn: it ends early");
        assertThat(Wanted.choose(some, List.of("web"))).hasSize(1);
    }

    @Test
    void mapsASingleNetworkToTheDefaultAndSaysSo() {
        var networks = Networks.choose(TWO, choose("web"), Map.of());
        assertThat(networks.targets()).containsExactly(Map.entry("n1", "default"));
        assertThat(networks.chosen())
                .isEqualTo("Network 'VM Network' becomes the network 'default' (another: --network 'VM Network=NAME').");
    }

    @Test
    void listsTheNetworksWhereThereAreSeveral() {
        var problem = problemOf(ExitStatus.USAGE, () -> Networks.choose(TWO, choose(), Map.of()));
        assertThat(problem.details()).containsExactly("VM Network (of web, db)", "Backup (of db)");
        assertThat(problem.remedy()).contains("--network 'VM Network=default' --network 'Backup=default'", "ignored");
        assertThat(problemOf(ExitStatus.USAGE, () -> Networks.choose(TWO, choose(), Map.of("VM Network", "lan"))).details())
                .containsExactly("Backup (of db)");
    }

    @Test
    void mapsWhatAPersonSaysByNameOrId() {
        assertThat(Networks.choose(TWO, choose(), Map.of("VM Network", "lan", "id:n2", "ignored")).targets())
                .containsOnly(Map.entry("n1", "lan"), Map.entry("n2", "ignored"));
        assertThat(problemOf(ExitStatus.USAGE, () -> Networks.choose(TWO, choose(), Map.of("LAN", "x"))).details())
                .containsExactly("VM Network (id:n1), used by web, db", "Backup (id:n2), used by db", "Backup (id:n3)");
        assertThat(problemOf(ExitStatus.USAGE, () -> Networks.choose(TWO, choose(), Map.of("Backup", "x"))).remedy()).contains("id:n2");
    }

    @Test
    void mapsNothingForVmsWithoutCards() {
        var bare = inventory("{\"id\":\"a\",\"name\":\"web\",\"nics\":[]}", "");
        assertThat(Networks.choose(bare, Wanted.choose(bare, List.of()), Map.of())).isEqualTo(new Networks(Map.of(), ""));
    }

    @Test
    void keepsToTheXdgFolders() {
        assertThat(Folders.of(null, Map.of("HOME", "/home/ann"))).isEqualTo(
                new Folders(Path.of("/home/ann/.local/share/godwit/migrate"), Path.of("/home/ann/.local/state/godwit/migrate.log")));
        assertThat(Folders.of(null, Map.of("HOME", "/home/ann", "XDG_DATA_HOME", "/data", "XDG_STATE_HOME", "relative"))).isEqualTo(
                new Folders(Path.of("/data/godwit/migrate"), Path.of("/home/ann/.local/state/godwit/migrate.log")));
        assertThat(Folders.of(Path.of("/x/y"), Map.of("XDG_DATA_HOME", "/data")))
                .isEqualTo(new Folders(Path.of("/x/y"), Path.of("/x/y/server.log")));
    }

    @Test
    void namesTheSameTheSame() {
        var name = Names.of("VM Network / größe", List.of("a", "b"));
        assertThat(name).matches("VM-Network-gr-e-[0-9a-f]{12}").isEqualTo(Names.of("VM Network / größe", List.of("a", "b")));
        assertThat(Names.of("x".repeat(100), List.of("ab"))).hasSize(53).isNotEqualTo(Names.of("x".repeat(100), List.of("a", "b")));
        assertThat(Names.of("...", List.of())).startsWith("x-");
    }
}
