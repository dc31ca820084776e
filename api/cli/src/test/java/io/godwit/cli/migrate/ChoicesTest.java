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

    private static Networks networks(JsonNode inventory, List<Wanted> vms, Map<String, String> said) {
        return Networks.choose(inventory, vms, Networks.named(inventory, vms, said));
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
        assertThat(problemOf(ExitStatus.REFUSED, () -> Wanted.choose(twins, List.of("web"))).remedy())
                .isEqualTo("Name it by its id: --vm 'id:a', or --vm 'id:b'");
    }

    @Test
    void takesNoVmTwice() {
        assertThat(problemOf(ExitStatus.USAGE, () -> choose("web", "id:a.ova=web2")).what()).isEqualTo("VM 'id:a.ova' is named twice.");
    }

    @Test
    void saysHowVmsOfOneNameGetNamesOfTheirOwn() {
        var twins = inventory("{\"id\":\"a.ova#vm1\",\"name\":\"Web\"},{\"id\":\"a.ova#vm2\",\"name\":\"web\"},"
                + "{\"id\":\"a.ova#vm3\",\"name\":\"web-1\"}", "");
        assertThat(problemOf(ExitStatus.USAGE, () -> Wanted.requireNamesOfTheirOwn(Wanted.choose(twins, List.of()))).remedy()).isEqualTo(
                "Give each a name of its own: --vm 'id:a.ova#vm1=web-2' --vm 'id:a.ova#vm2=web-3' --vm 'id:a.ova#vm3'");
        Wanted.requireNamesOfTheirOwn(Wanted.choose(twins, List.of("id:a.ova#vm1=one", "id:a.ova#vm2", "web-1")));
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
        var networks = networks(TWO, choose("web"), Map.of());
        assertThat(networks.targets()).containsExactly(Map.entry("n1", "default"));
        assertThat(networks.chosen())
                .containsExactly("Network 'VM Network' becomes the network 'default' (another: --network 'VM Network=NAME').");
    }

    @Test
    void listsTheNetworksWhereThereAreSeveral() {
        var problem = problemOf(ExitStatus.USAGE, () -> networks(TWO, choose(), Map.of()));
        assertThat(problem.details()).containsExactly("VM Network (of web, db)", "Backup (of db)");
        assertThat(problem.remedy()).contains("--network 'VM Network=default' --network 'Backup=default'", "ignored");
        assertThat(problemOf(ExitStatus.USAGE, () -> networks(TWO, choose(), Map.of("VM Network", "lan"))).details())
                .containsExactly("Backup (of db)");
    }

    @Test
    void mapsWhatAPersonSaysByNameOrId() {
        assertThat(networks(TWO, choose(), Map.of("VM Network", "lan", "id:n2", "ignored")).targets())
                .containsOnly(Map.entry("n1", "lan"), Map.entry("n2", "ignored"));
        assertThat(problemOf(ExitStatus.USAGE, () -> networks(TWO, choose(), Map.of("LAN", "x"))).details())
                .containsExactly("VM Network (id:n1), used by web, db", "Backup (id:n2), used by db", "Backup (id:n3)");
        assertThat(problemOf(ExitStatus.USAGE, () -> networks(TWO, choose(), Map.of("Backup", "x"))).remedy()).contains("id:n2");
    }

    @Test
    void takesNetworksApartAtTheLastEqualsSign() {
        assertThat(Networks.parse(List.of("a=b=c", " id:n1 = lan "))).containsExactly(Map.entry("a=b", "c"), Map.entry("id:n1", "lan"));
        for (var word : List.of("", "VM Network", "=lan", "VM Network=", " = ")) {
            assertThat(problemOf(ExitStatus.USAGE, () -> Networks.parse(List.of(word))).what()).contains("--network '" + word + "'");
        }
    }

    @Test
    void takesNoNetworkTwice() {
        assertThat(problemOf(ExitStatus.USAGE, () -> Networks.parse(List.of("A=x", "A=y"))).what()).contains("'A' becomes is said twice");
        assertThat(problemOf(ExitStatus.USAGE, () -> networks(TWO, choose(), Map.of("VM Network", "x", "id:n1", "x"))).what())
                .contains("is said twice");
    }

    @Test
    void leavesOutACardThatIsConnectedToNothing() {
        var loose = inventory("{\"id\":\"a\",\"name\":\"web\",\"nics\":[{\"network\":\"unconnected\"},{\"network\":\"n1\"}]}", "");
        var networks = networks(loose, Wanted.choose(loose, List.of()), Map.of());
        assertThat(networks.targets()).containsOnly(Map.entry("unconnected", "ignored"), Map.entry("n1", "default"));
        assertThat(networks.chosen()).hasSize(2).first().asString().contains("A card of web is connected to nothing and left out");
    }

    @Test
    void mapsNothingForVmsWithoutCards() {
        var bare = inventory("{\"id\":\"a\",\"name\":\"web\",\"nics\":[]}", "");
        assertThat(networks(bare, Wanted.choose(bare, List.of()), Map.of())).isEqualTo(new Networks(Map.of(), List.of()));
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
