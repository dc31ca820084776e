package io.godwit.api.rest;

import io.godwit.api.rest.MappingViews.NetworkMappingRequest;
import io.godwit.api.rest.MappingViews.NetworkMappingView;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.model.mapping.NetworkMapping;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What each network of a source becomes at a destination.
@RestController
@Tag(name = "network-mappings", description = "What each network of a source becomes at a destination")
@RequestMapping("/api/v1/network-mappings")
class NetworkMappingController {
    private final CatalogStore catalog;
    private final CatalogLookup lookup;

    NetworkMappingController(CatalogStore catalog, CatalogLookup lookup) {
        this.catalog = catalog;
        this.lookup = lookup;
    }

    @Operation(summary = "Write a network mapping; providers are by id or name")
    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    NetworkMappingView create(@Valid @RequestBody NetworkMappingRequest request) {
        var providers = lookup.resolve(request.provider());
        var mapping = new NetworkMapping(NewIds.next("x"), request.name(), providers.source(), providers.destination(),
                request.map().stream().map(pair -> new NetworkMapping.Pair(pair.source().idOrName(), pair.destination().target()))
                        .toList());
        if (catalog.findNetworkMapping(mapping.id()).isEmpty()) {
            catalog.createNetworkMapping(mapping);
        }
        return NetworkMappingView.of(mapping);
    }

    @Operation(summary = "All network mappings, by name")
    @GetMapping
    ItemsView<NetworkMappingView> list(@Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next) {
        return Page.of("network-mappings", limit, next).by(NetworkMapping::name, catalog.listNetworkMappings(), NetworkMappingView::of);
    }

    @Operation(summary = "One network mapping, by id or name")
    @GetMapping("/{id}")
    NetworkMappingView get(@PathVariable String id) {
        return NetworkMappingView.of(lookup.requireNetworkMapping(id));
    }

    @Operation(summary = "Delete a network mapping that no plan uses")
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String id) {
        catalog.deleteNetworkMapping(lookup.requireNetworkMapping(id).id());
    }
}
