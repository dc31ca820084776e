package io.godwit.api.rest;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.migration.Migrations;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Starts of plans.
@RestController
@Tag(name = "migrations", description = "Starts of plans")
@RequestMapping("/api/v1/migrations")
class MigrationController {
    private final Migrations migrations;

    MigrationController(Migrations migrations) {
        this.migrations = migrations;
    }

    @Operation(summary = "All migrations, the newest first")
    @GetMapping
    ItemsView<MigrationViews.Migration> list(@Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next) {
        var page = Page.of("migrations", limit, next);
        return page.of((MigrationView migration) -> migration.id().value(),
                migrations.list(page.after() == null ? null : MigrationId.from(page.after()), page.limit() + 1),
                MigrationViews.Migration::of);
    }

    @Operation(summary = "One migration with its VM migrations")
    @GetMapping("/{id}")
    MigrationViews.Migration get(@PathVariable String id) {
        return migrations.find(MigrationId.from(id)).map(MigrationViews.Migration::of).orElseThrow(() -> new FaultException(
                EngineFault.MIGRATION_NOT_FOUND, "cannot show migration " + id, "there is none of that id"));
    }

    @Operation(summary = "Stop and undo VM migrations, all of them where none is named")
    @PostMapping("/{id}/cancel")
    @ResponseStatus(HttpStatus.ACCEPTED)
    MigrationViews.Migration cancel(@PathVariable String id,
            @RequestBody(required = false) MigrationViews.@Nullable SelectionRequest request) {
        return MigrationViews.Migration.of(migrations.cancel(MigrationId.from(id), MigrationViews.SelectionRequest.ids(request)));
    }

    @Operation(summary = "Go on at the steps that failed, of all VM migrations where none is named")
    @PostMapping("/{id}/retry")
    @ResponseStatus(HttpStatus.ACCEPTED)
    MigrationViews.Migration retry(@PathVariable String id,
            @RequestBody(required = false) MigrationViews.@Nullable SelectionRequest request) {
        return MigrationViews.Migration.of(migrations.retry(MigrationId.from(id), MigrationViews.SelectionRequest.ids(request)));
    }
}
