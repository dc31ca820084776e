package io.godwit.api.rest;

import io.godwit.api.rest.MappingViews.StorageMappingRequest;
import io.godwit.api.rest.MappingViews.StorageMappingView;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.model.mapping.StorageMapping;
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

/// What each storage of a source becomes at a destination.
@RestController
@Tag(name = "storage-mappings", description = "What each storage of a source becomes at a destination")
@RequestMapping("/api/v1/storage-mappings")
class StorageMappingController {
    private final CatalogStore catalog;
    private final CatalogLookup lookup;

    StorageMappingController(CatalogStore catalog, CatalogLookup lookup) {
        this.catalog = catalog;
        this.lookup = lookup;
    }

    @Operation(summary = "Write a storage mapping; providers are by id or name")
    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    StorageMappingView create(@Valid @RequestBody StorageMappingRequest request) {
        var providers = lookup.resolve(request.provider());
        var mapping = new StorageMapping(NewIds.next("x"), request.name(), providers.source(), providers.destination(),
                request.map().stream().map(pair -> new StorageMapping.Pair(pair.source().idOrName(), pair.destination().target()))
                        .toList());
        if (catalog.findStorageMapping(mapping.id()).isEmpty()) {
            catalog.createStorageMapping(mapping);
        }
        return StorageMappingView.of(mapping);
    }

    @Operation(summary = "All storage mappings, by name")
    @GetMapping
    ItemsView<StorageMappingView> list(@Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next) {
        return Page.of("storage-mappings", limit, next).by(StorageMapping::name, catalog.listStorageMappings(), StorageMappingView::of);
    }

    @Operation(summary = "One storage mapping, by id or name")
    @GetMapping("/{id}")
    StorageMappingView get(@PathVariable String id) {
        return StorageMappingView.of(lookup.requireStorageMapping(id));
    }

    @Operation(summary = "Delete a storage mapping that no plan uses")
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String id) {
        catalog.deleteStorageMapping(lookup.requireStorageMapping(id).id());
    }
}
