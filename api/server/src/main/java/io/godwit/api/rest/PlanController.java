package io.godwit.api.rest;

import io.godwit.api.schedule.PlanStarts;
import io.godwit.engine.assess.Assessment;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.PlannedStart;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.migration.Migrations;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

/// What is to be migrated, from where, to where, how.
@RestController
@Tag(name = "plans", description = "What is to be migrated, from where, to where, how")
@RequestMapping("/api/v1/plans")
class PlanController {
    private final CatalogStore catalog;
    private final CatalogLookup lookup;
    private final Migrations migrations;
    private final Inventories inventories;
    private final PlanStarts starts;
    private final Clock clock;

    PlanController(CatalogStore catalog, CatalogLookup lookup, Migrations migrations, Inventories inventories, PlanStarts starts,
            Clock clock) {
        this.catalog = catalog;
        this.lookup = lookup;
        this.migrations = migrations;
        this.inventories = inventories;
        this.starts = starts;
        this.clock = clock;
    }

    @Operation(summary = "Write a plan; references are by id or name")
    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    PlanViews.PlanView create(@Valid @RequestBody PlanViews.PlanRequest request) {
        var providers = lookup.resolve(request.provider());
        var maps = lookup.resolve(request.map(), providers);
        var type = Objects.requireNonNullElse(request.type(), PlanViews.Type.COLD);
        var plan = new Plan(new PlanId(NewIds.next("p")), request.name(), Objects.requireNonNullElse(request.description(), ""),
                providers.source(),
                providers.destination(), maps.network(), maps.storage(), type.model(),
                Objects.requireNonNullElse(request.targetNamespace(), "default"),
                Objects.requireNonNullElse(request.skipGuestConversion(), false), Objects.requireNonNullElse(request.checkBoot(), true),
                vms(providers.source(), request.vms()));
        if (catalog.findPlan(plan.id().value()).isEmpty()) {
            catalog.createPlan(plan, keys(plan, request.vms()));
        }
        return view(plan);
    }

    @Operation(summary = "All plans, by name")
    @GetMapping
    ItemsView<PlanViews.PlanView> list(@Parameter(description = Page.LIMIT) @RequestParam(required = false) @Nullable Integer limit,
            @Parameter(description = Page.CONTINUE) @RequestParam(name = "continue", required = false) @Nullable String next) {
        var ordered = starts.list().stream().collect(Collectors.toMap(PlannedStart::plan, Function.identity()));
        return Page.of("plans", limit, next).by(Plan::name, catalog.listPlans(),
                plan -> PlanViews.PlanView.of(plan, ordered.get(plan.id())));
    }

    @Operation(summary = "One plan, by id or name")
    @GetMapping("/{id}")
    PlanViews.PlanView get(@PathVariable String id) {
        return view(lookup.requirePlan(id));
    }

    @Operation(summary = "Delete a plan none of whose migrations is still to end")
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String id) {
        catalog.deletePlan(lookup.requirePlan(id).id().value());
    }

    @Operation(summary = "Whether the plan could be started now, and what stands in its way")
    @PostMapping("/{id}/validate")
    PlanViews.ValidationView validate(@PathVariable String id) {
        return PlanViews.ValidationView.of(migrations.assess(lookup.requirePlan(id)));
    }

    @Operation(summary = "Start the plan, now or at a time, in place of a time that was ordered before: 409 while a migration of it has not ended, 422 with conditions when it is not ready")
    @ApiResponse(responseCode = "202", description = "The migration, or where a time was named the start that is to come", content = @Content(schema = @Schema(oneOf = {
            MigrationViews.Migration.class, PlanViews.ScheduledStart.class})))
    @PostMapping("/{id}/start")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Object start(@PathVariable String id, @RequestBody(required = false) PlanViews.@Nullable StartRequest request) {
        var plan = lookup.requirePlan(id);
        var migration = new MigrationId(NewIds.next("m"));
        var at = request == null ? Optional.<Instant>empty() : request.instant(clock.instant());
        return request == null || at.isEmpty()
                ? start(plan, migration)
                : PlanViews.ScheduledStart.of(starts.schedule(plan, at.get(), request.within(), migration));
    }

    private MigrationViews.Migration start(Plan plan, MigrationId as) {
        try {
            return MigrationViews.Migration.of(migrations.start(plan.id(), as));
        } catch (FaultException e) {
            if (e.fault().is(EngineFault.PLAN_NOT_READY)) {
                throw new PlanNotReadyException(e.fault(), critical(migrations.assess(plan)));
            }
            throw e;
        }
    }

    @Operation(summary = "Take back the start that was ordered for a time")
    @DeleteMapping("/{id}/scheduled-start")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void unschedule(@PathVariable String id) {
        starts.cancel(lookup.requirePlan(id));
    }

    private PlanViews.PlanView view(Plan plan) {
        return PlanViews.PlanView.of(plan, starts.find(plan.id()).orElse(null));
    }

    private static List<PlanViews.ConditionView> critical(Assessment assessment) {
        var validation = PlanViews.ValidationView.of(assessment);
        return Stream.concat(validation.conditions().stream(), validation.vms().stream().flatMap(vm -> vm.concerns().stream()
                .map(concern -> new PlanViews.ConditionView("VMConcern", "True", concern.category(),
                        "VM " + vm.name() + ": " + concern.label(), concern.assessment()))))
                .filter(one -> one.category().equals("Critical")).toList();
    }

    private static Map<String, Map<String, String>> keys(Plan plan, List<PlanViews.PlanVmView> requested) {
        var keys = new LinkedHashMap<String, Map<String, String>>();
        for (int i = 0; i < requested.size(); i++) {
            var given = requested.get(i).keys();
            if (given != null && !given.isEmpty()) {
                keys.put(plan.vms().get(i).id(), given);
            }
        }
        return keys;
    }

    private List<Plan.PlanVm> vms(String source, List<PlanViews.PlanVmView> requested) {
        var vms = new ArrayList<Plan.PlanVm>();
        var ids = new HashSet<String>();
        for (var one : requested) {
            var field = "vms[" + vms.size() + "]";
            var vm = inventories.findVm(source, one.idOrName())
                    .orElseThrow(() -> new RequestInvalidException(field + (one.id() != null ? ".id" : ".name"),
                            "the source has no VM " + one.idOrName() + ", or several of that name"));
            if (!ids.add(vm.id())) {
                throw new RequestInvalidException(field, "VM " + vm.name() + " is in the plan already");
            }
            vms.add(new Plan.PlanVm(vm.id(), vm.name(), one.targetName(), one.rootDisk(),
                    one.keys() == null ? List.of() : one.keys().keySet().stream().sorted().toList()));
        }
        return vms;
    }
}
