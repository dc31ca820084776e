package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageTarget;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@RestTest
class MappingControllersTest {
    private static final String NETWORKS = "/api/v1/network-mappings";
    private static final String STORAGES = "/api/v1/storage-mappings";

    @Autowired
    private MockMvcTester http;
    @Autowired
    private InMemoryCatalog catalog;

    @BeforeEach
    void start() {
        RestSlice.register(catalog);
    }

    @Test
    void mapsNothingForVmsWithoutCards() {
        assertThat(post(NETWORKS, "{\"name\":\"none\",\"provider\":{\"source\":\"from\",\"destination\":\"to\"},\"map\":[]}"))
                .hasStatus(201);
    }

    @Test
    void mapsNetworksOfAllKinds() {
        var answer = post(NETWORKS, """
                {"name":"n","provider":{"source":"from","destination":"to"},"map":[
                 {"source":{"id":"net-0"},"destination":{"type":"pod"}},
                 {"source":{"name":"DMZ"},"destination":{"type":"multus","namespace":"web","name":"dmz"}},
                 {"source":{"id":"net-2"},"destination":{"type":"network","name":"default"}},
                 {"source":{"id":"net-3"},"destination":{"type":"ignored"}}]}""");
        assertThat(answer).hasStatus(201).bodyJson().isLenientlyEqualTo("""
                {"name":"n","provider":{"source":"s-1","destination":"d-1"},"map":[
                 {"source":{"id":"net-0"},"destination":{"type":"pod"}},
                 {"source":{"id":"DMZ"},"destination":{"type":"multus","namespace":"web","name":"dmz"}},
                 {"source":{"id":"net-2"},"destination":{"type":"network","name":"default"}},
                 {"source":{"id":"net-3"},"destination":{"type":"ignored"}}]}""");
        assertThat(catalog.findNetworkMapping("n")).hasValueSatisfying(mapping -> assertThat(mapping.pairs()).extracting("destination")
                .containsExactly(new NetworkTarget.Pod(), new NetworkTarget.Multus("web", "dmz"), new NetworkTarget.Named("default"),
                        new NetworkTarget.Ignored()));
        assertThat(http.get().uri(NETWORKS + "/n")).hasStatusOk().bodyJson().extractingPath("$.map.length()").isEqualTo(4);
        assertThat(http.get().uri(NETWORKS)).hasStatusOk().bodyJson().extractingPath("$.items[*].name").asArray().containsExactly("n",
                "nets");
    }

    @Test
    void refusesATargetWithoutItsName() {
        assertThat(post(NETWORKS, """
                {"name":"n","provider":{"source":"from","destination":"to"},"map":[
                 {"source":{"id":"a"},"destination":{"type":"network"}},{"source":{},"destination":{"type":"pod"}}]}""")).hasStatus(400)
                .bodyJson().extractingPath("$.violations[*].field").asArray()
                .containsExactlyInAnyOrder("map[0].destination.nameAndNamespace", "map[1].source.idOrName");
    }

    @Test
    void refusesAKindThatIsNone() {
        assertThat(post(NETWORKS,
                """
                        {"name":"n","provider":{"source":"from","destination":"to"},"map":[{"source":{"id":"a"},"destination":{"type":"bridge"}}]}"""))
                .hasStatus(400).bodyJson().extractingPath("$.violations[0].field").isEqualTo("map[0].destination.type");
    }

    @Test
    void refusesProvidersThatAreNotThereOrOfTheOtherRole() {
        var map = ",\"map\":[{\"source\":{\"id\":\"a\"},\"destination\":{\"type\":\"pod\"}}]}";
        assertThat(post(NETWORKS, "{\"name\":\"n\",\"provider\":{\"source\":\"gone\",\"destination\":\"to\"}" + map)).hasStatus(400)
                .bodyJson()
                .extractingPath("$.violations[0]").asMap().containsEntry("field", "provider.source")
                .containsEntry("message", "there is no provider gone");
        assertThat(post(NETWORKS, "{\"name\":\"n\",\"provider\":{\"source\":\"to\",\"destination\":\"from\"}" + map)).hasStatus(400)
                .bodyJson()
                .extractingPath("$.violations[0].message").isEqualTo("provider to of type fake-destination is a destination");
    }

    @Test
    void mapsStorages() {
        assertThat(post(STORAGES, """
                {"name":"t","provider":{"source":"from","destination":"to"},"map":[
                 {"source":{"id":"store-0"},"destination":{}},
                 {"source":{"id":"store-1"},"destination":{"storageClass":"fast","volumeMode":"Block","accessMode":"ReadWriteMany"}}]}"""))
                .hasStatus(201).bodyJson().extractingPath("$.map[1].destination.storageClass").isEqualTo("fast");
        assertThat(catalog.findStorageMapping("t")).hasValueSatisfying(mapping -> assertThat(mapping.pairs()).extracting("destination")
                .containsExactly(StorageTarget.DEFAULT, new StorageTarget("fast", "Block", "ReadWriteMany")));
        assertThat(post(STORAGES,
                """
                        {"name":"u","provider":{"source":"from","destination":"to"},"map":[{"source":{"id":"a"},"destination":{"volumeMode":"Tape"}}]}"""))
                .hasStatus(400).bodyJson().extractingPath("$.violations[0].field").isEqualTo("map[0].destination.volumeMode");
    }

    @Test
    void deletes() {
        assertThat(http.delete().uri(NETWORKS + "/nets")).hasStatus(204);
        assertThat(http.get().uri(NETWORKS + "/nets")).hasStatus(404).bodyJson().extractingPath("$.code").isEqualTo("MAPPING_NOT_FOUND");
        assertThat(http.delete().uri(STORAGES + "/t-1")).hasStatus(204);
        assertThat(http.delete().uri(STORAGES + "/t-1")).hasStatus(404);
    }

    private MvcTestResult post(String uri, String body) {
        return http.post().uri(uri).contentType(MediaType.APPLICATION_JSON).content(body).exchange();
    }
}
