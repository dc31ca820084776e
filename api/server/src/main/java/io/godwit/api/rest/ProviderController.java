package io.godwit.api.rest;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.util.Map;
import java.util.Objects;
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

/// Where VMs come from and go to.
@RestController
@Tag(name = "providers", description = "Where VMs come from and go to")
@RequestMapping("/api/v1/providers")
class ProviderController {
    private final CatalogStore catalog;
    private final CatalogLookup lookup;
    private final Platforms platforms;
    private final Inventories inventories;

    ProviderController(CatalogStore catalog, CatalogLookup lookup, Platforms platforms, Inventories inventories) {
        this.catalog = catalog;
        this.lookup = lookup;
        this.platforms = platforms;
        this.inventories = inventories;
    }

    @Operation(summary = "Register a provider and connect to it; one that cannot be reached is registered too and says so")
    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    ProviderViews.ProviderView register(@Valid @RequestBody ProviderViews.ProviderRequest request) {
        var role = request.role();
        var type = request.type() != null || role == null ? request.type() : platforms.recognise(role.model(), request.url());
        var row = platforms.describe(request.name(), String.valueOf(type), request.url(),
                Objects.requireNonNullElse(request.settings(), Map.of()),
                Objects.requireNonNullElse(request.secrets(), Map.of()));
        var again = NewIds.of(row.role() == ProviderRow.Role.SOURCE ? "s" : "d");
        var made = again.map(row::withId).orElse(row);
        if (again.isEmpty() || catalog.findProvider(made.id()).isEmpty()) {
            catalog.createProvider(made);
        }
        return view(made);
    }

    @Operation(summary = "All providers, by name")
    @GetMapping
    ItemsView<ProviderViews.ProviderView> list(@Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next) {
        return Page.of("providers", limit, next).by(ProviderRow::name, catalog.listProviders(), this::view);
    }

    @Operation(summary = "One provider, by id or name")
    @GetMapping("/{id}")
    ProviderViews.ProviderView get(@PathVariable String id) {
        return view(lookup.requireProvider(id));
    }

    @Operation(summary = "Delete a provider that no mapping and no plan uses")
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String id) {
        var row = lookup.requireProvider(id);
        catalog.deleteProvider(row.id());
        platforms.disconnect(row.id());
        inventories.forget(row.id());
    }

    @Operation(summary = "What the source holds, as it was last read")
    @GetMapping("/{id}/inventory")
    InventoryView inventory(@PathVariable String id, @RequestParam(defaultValue = "false") boolean refresh) {
        var row = lookup.requireProvider(id);
        if (row.role() != ProviderRow.Role.SOURCE) {
            throw new RequestInvalidException("id", "provider " + row.name() + " is a destination: only sources have an inventory");
        }
        return InventoryView.of(refresh ? inventories.refresh(row.id()) : inventories.get(row.id()));
    }

    private ProviderViews.ProviderView view(ProviderRow row) {
        return ProviderViews.ProviderView.of(row, platforms.connect(row).orElse(null));
    }
}
