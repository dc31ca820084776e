package io.godwit.api.rest;

import io.godwit.api.rest.LimitViews.LimitRequest;
import io.godwit.api.rest.LimitViews.LimitView;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.limit.CopyLimits;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyLimit;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.time.Clock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What copies may take from their sources. A change reaches the copies that run within a second.
@RestController
@Tag(name = "limits", description = "What copies may take from their sources")
@RequestMapping("/api/v1/limits")
class LimitController {
    private static final Pattern NAME = Pattern.compile(MappingViews.NAME);

    private final CatalogStore catalog;
    private final CatalogLookup lookup;
    private final CopyLimits copies;
    private final Clock clock;

    LimitController(CatalogStore catalog, CatalogLookup lookup, CopyLimits copies, Clock clock) {
        this.catalog = catalog;
        this.lookup = lookup;
        this.copies = copies;
        this.clock = clock;
    }

    @Operation(summary = "All limits, by name")
    @GetMapping
    ItemsView<LimitView> list(@Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next) {
        return Page.of("limits", limit, next).by(CopyLimit::name, catalog.listLimits(), each -> LimitView.of(each, clock.instant()));
    }

    @Operation(summary = "One limit")
    @GetMapping("/{name}")
    LimitView get(@PathVariable String name) {
        return catalog.findLimit(name).map(limit -> LimitView.of(limit, clock.instant())).orElseThrow(() -> missing(name));
    }

    @Operation(summary = "Set the limit of that name, in place of what it was; running copies keep to it within a second")
    @PutMapping("/{name}")
    LimitView put(@PathVariable String name, @Valid @RequestBody LimitRequest request) {
        if (!NAME.matcher(name).matches()) {
            throw new RequestInvalidException("name", MappingViews.NAME_MESSAGE);
        }
        request.requireApart();
        var limit = request.limit(name, lookup.resolve(request.scope()));
        catalog.putLimit(limit);
        copies.changed();
        return LimitView.of(limit, clock.instant());
    }

    @Operation(summary = "Take a limit away; running copies are free of it within a second")
    @DeleteMapping("/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String name) {
        if (!catalog.deleteLimit(name)) {
            throw missing(name);
        }
        copies.changed();
    }

    private static FaultException missing(String name) {
        return new FaultException(EngineFault.LIMIT_NOT_FOUND, "cannot find limit " + name, "there is none of that name");
    }
}
