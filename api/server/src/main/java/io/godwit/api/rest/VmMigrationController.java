package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.godwit.api.ServerFault;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.limit.CopyLimits;
import io.godwit.engine.migration.Migrations;
import io.godwit.engine.migration.VmMigrationView;
import io.godwit.engine.stage.Providers;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// One VM's way through a migration.
@RestController
@Tag(name = "vm-migrations", description = "One VM's way through a migration")
@RequestMapping("/api/v1/vm-migrations/{id}")
class VmMigrationController {
    private final Migrations migrations;
    private final Providers providers;
    private final CopyLimits limits;

    VmMigrationController(Migrations migrations, Providers providers, CopyLimits limits) {
        this.migrations = migrations;
        this.limits = limits;
        this.providers = providers;
    }

    @Operation(summary = "One VM migration with its pipeline, and the limits that its copy is under")
    @GetMapping
    MigrationViews.VmMigration get(@PathVariable String id) {
        var vm = require(id);
        return MigrationViews.VmMigration.of(vm).under(limits.of(vm.id()).orElse(null));
    }

    @Operation(summary = "What it did, the oldest entry first")
    @GetMapping("/journal")
    ItemsView<MigrationViews.Entry> journal(@PathVariable String id,
            @Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next) {
        var vm = require(id);
        return Page.of("journal", limit, next).by((JournalEntry entry) -> "%019d".formatted(entry.seq()), migrations.journal(vm.id()),
                MigrationViews.Entry::of);
    }

    @Operation(summary = "Whether its source is still what was migrated, and what it made is still there")
    @GetMapping("/recheck")
    MigrationViews.Recheck recheck(@PathVariable String id) {
        return MigrationViews.Recheck.of(migrations.recheck(require(id).id()));
    }

    @Operation(summary = "The logs that the destination kept of its jobs; with `file`, the text of that one")
    @ApiResponse(responseCode = "200", description = "The list, or the text", content = {
            @Content(mediaType = "application/json", schema = @Schema(implementation = LogsView.class)),
            @Content(mediaType = "text/plain", schema = @Schema(type = "string"))})
    @GetMapping("/logs")
    ResponseEntity<?> logs(@PathVariable String id,
            @Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next,
            @Parameter(description = "name of one of these logs") @RequestParam(required = false) @Nullable String file) {
        var vm = require(id);
        var destination = providers.destination(vm.destination());
        if (file == null) {
            return ResponseEntity.ok(Page.of("logs", limit, next).by(DestinationProvider.LogFile::name, destination.logs(vm.id()),
                    MigrationViews.Log::of));
        }
        var log = destination.openLog(vm.id(), file).orElseThrow(() -> new FaultException(ServerFault.NOT_FOUND,
                "cannot show log " + file + " of " + id, "the destination keeps none of that name"));
        return ResponseEntity.ok().contentType(MediaType.parseMediaType("text/plain;charset=UTF-8")).body(new InputStreamResource(log));
    }

    /// The shape of that list, for the document.
    private record LogsView(List<MigrationViews.Log> items, @JsonProperty("continue") @Nullable String next) {}

    private VmMigrationView require(String id) {
        return migrations.findVm(VmMigrationId.from(id)).orElseThrow(() -> new FaultException(EngineFault.VM_MIGRATION_NOT_FOUND,
                "cannot show VM migration " + id, "there is none of that id"));
    }
}
