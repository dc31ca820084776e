package io.godwit.api.rest;

import io.godwit.api.DataFolder;
import io.godwit.api.ServerIdentity;
import io.godwit.api.access.AccessToken;
import io.godwit.api.contract.OpenApiContract;
import io.godwit.api.schedule.FakeAlarm;
import io.godwit.api.schedule.InMemoryPlannedStarts;
import io.godwit.api.schedule.PlanStarts;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.testkit.InMemoryRequestStore;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springdoc.webmvc.api.OpenApiWebMvcResource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.webmvc.test.autoconfigure.MockMvcBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import tools.jackson.databind.json.JsonMapper;

/// The ports in memory, and a client that shows the token.
@TestConfiguration(proxyBeanMethods = false)
class RestSlice {
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @Bean
    InMemoryCatalog catalog() {
        return new InMemoryCatalog();
    }

    @Bean
    FakePlatforms platforms() {
        return new FakePlatforms();
    }

    @Bean
    FakeMigrations migrations(InMemoryCatalog catalog) {
        return new FakeMigrations(catalog);
    }

    @Bean
    FakeCopyLimits copyLimits() {
        return new FakeCopyLimits();
    }

    @Bean
    Scrape scrape() {
        return accept -> new Scrape.Scraped("text/plain; version=0.0.4; charset=utf-8", "# asked for " + accept + "\n");
    }

    @Bean
    EventStreams eventStreams(FakeMigrations migrations, JsonMapper json) {
        return new EventStreams(migrations, json);
    }

    @Bean
    RequestStore requests() {
        return new InMemoryRequestStore(Clock.systemUTC());
    }

    @Bean
    PlanStarts planStarts(InMemoryCatalog catalog, FakeMigrations migrations, Clock clock) {
        return new PlanStarts(new InMemoryPlannedStarts(), catalog, migrations, new FakeAlarm(), clock);
    }

    @Bean
    Clock clock() {
        return Clock.fixed(NOW, ZoneOffset.UTC);
    }

    @Bean
    ServerIdentity identity() {
        return new ServerIdentity("1.2.3", "node-1", NOW);
    }

    @Bean
    DataFolder data() throws IOException {
        return new DataFolder(Files.createTempDirectory("godwit-rest-test"));
    }

    @Bean
    AccessToken token(DataFolder data) {
        return AccessToken.of(data);
    }

    /// Every answer is held against the OpenAPI document.
    @Bean
    MockMvcBuilderCustomizer keepsToTheContract(ObjectProvider<OpenApiWebMvcResource> documents) {
        var fetched = new AtomicReference<@Nullable OpenApiContract>();
        return builder -> builder.alwaysDo(result -> {
            var contract = fetched.get();
            if (contract == null) {
                contract = OpenApiContract.of(new String(documents.getObject().openapiJson(
                        new MockHttpServletRequest("GET", OpenApiContract.PATH), OpenApiContract.PATH, Locale.ROOT),
                        StandardCharsets.UTF_8));
                fetched.set(contract);
            }
            var request = result.getRequest();
            var method = String.valueOf(request.getMethod());
            var uri = String.valueOf(request.getRequestURI());
            var response = result.getResponse();
            contract.requireAnswer(method, uri, response.getStatus(), response.getContentType(),
                    response.getContentAsString(StandardCharsets.UTF_8));
            var body = request.getContentAsByteArray();
            if (body != null && body.length > 0 && response.getStatus() < 300) {
                contract.requireRequest(method, uri, new String(body, StandardCharsets.UTF_8));
            }
        });
    }

    @Bean
    MockMvcBuilderCustomizer showsTheToken(DataFolder data) {
        return builder -> builder
                .defaultRequest(MockMvcRequestBuilders.get("/").header("Authorization", "Bearer " + data.read("token").orElseThrow()));
    }

    /// A source, a destination and both mappings between them.
    static void register(InMemoryCatalog catalog) {
        catalog.clear();
        catalog.createProvider(new ProviderRow("s-1", "from", Role.SOURCE, "fake-source", "fake:", Map.of(), Map.of(), null));
        catalog.createProvider(new ProviderRow("d-1", "to", Role.DESTINATION, "fake-destination", "fake:", Map.of(), Map.of(), null));
        catalog.createNetworkMapping(
                new NetworkMapping("n-1", "nets", "s-1", "d-1", List.of(new NetworkMapping.Pair("net-0", new NetworkTarget.Ignored()))));
        catalog.createStorageMapping(
                new StorageMapping("t-1", "stores", "s-1", "d-1", List.of(new StorageMapping.Pair("store-0", StorageTarget.DEFAULT))));
    }
}
