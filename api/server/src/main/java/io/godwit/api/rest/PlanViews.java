package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.godwit.engine.assess.Assessment;
import io.godwit.engine.catalog.PlannedStart;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.plan.Plan;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Plans as REST takes and shows them; names of the fields are Forklift's.
final class PlanViews {
    enum Type {
        @JsonProperty("cold")
        COLD, @JsonProperty("warm")
        WARM;

        MigrationType model() {
            return switch (this) {
                case COLD -> MigrationType.COLD;
                case WARM -> MigrationType.WARM;
            };
        }

        static Type of(MigrationType type) {
            return switch (type) {
                case COLD -> COLD;
                case WARM -> WARM;
            };
        }
    }

    private static final int LONGEST_KEY = 4096;

    /// Both by id or name.
    record MapPair(@NotNull String network, @NotNull String storage) {}

    /// @param type absent = cold
    /// @param targetNamespace absent = `default`
    /// @param skipGuestConversion absent = false
    /// @param checkBoot absent = true
    record PlanRequest(@NotNull @Pattern(regexp = MappingViews.NAME, message = MappingViews.NAME_MESSAGE) String name,
            @Nullable @Size(max = 1000) String description, @Nullable String targetNamespace,
            @NotNull @Valid MappingViews.ProviderPair provider, @NotNull @Valid MapPair map, @Nullable Type type,
            @Nullable Boolean skipGuestConversion, @Nullable Boolean checkBoot, @NotEmpty List<@Valid PlanVmView> vms) {}

    /// One VM of a plan.
    ///
    /// @param id the source's id of the VM; in a request, `name` may stand for it
    /// @param targetName absent = the source's name, made fit for the destination
    /// @param rootDisk device of the root file system where there are several, or `first`, as in virt-v2v's `--root`
    /// @param keys passphrases of encrypted devices: by device (`/dev/sda2`), by UUID of its header, or for `all`; never shown again
    /// @param keyDevices what there are keys for; shown only
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record PlanVmView(@Nullable String id, @Nullable String name,
            @Nullable @Pattern(regexp = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", message = "must be 1 to 63 of a-z, 0-9 and '-', and begin and end with a letter or digit") String targetName,
            @Nullable @Pattern(regexp = "first|/dev/[A-Za-z0-9/_.+-]{1,200}", message = "must be first, or a device such as /dev/sda2") String rootDisk,
            @Nullable @JsonProperty(access = JsonProperty.Access.WRITE_ONLY) @Size(max = 64) Map<@Pattern(regexp = "all|/dev/[A-Za-z0-9/_.+-]{1,200}|[0-9A-Fa-f-]{8,36}", message = "must name a device such as /dev/sda2, a UUID, or all") String, String> keys,
            @Nullable @JsonProperty(access = JsonProperty.Access.READ_ONLY) List<String> keyDevices) {

        /// Without the keys.
        @Override
        public String toString() {
            return "PlanVmView[" + id + ", " + name + "]";
        }

        @JsonIgnore
        @AssertTrue(message = "must each be one line of 1 to 4096 characters")
        boolean isKeysOfOneLine() {
            return keys == null || keys.values().stream().allMatch(key -> key != null && !key.isEmpty() && key.length() <= LONGEST_KEY
                    && key.indexOf('\n') < 0 && key.indexOf('\r') < 0);
        }

        @JsonIgnore
        @AssertTrue(message = "one of them is needed")
        boolean isIdOrName() {
            return id != null || name != null;
        }

        String idOrName() {
            return id != null ? id : String.valueOf(name);
        }
    }

    /// @param at when to start, with its offset, e.g. `2026-11-24T02:00:00+01:00`; absent = now
    /// @param startWithin for so long after that time it may still be started when no server ran at it: an ISO 8601 duration of at most seven days;
    /// absent = `PT1H`
    record StartRequest(@Nullable String at, @Nullable String startWithin) {
        private static final Duration USUAL = Duration.ofHours(1);
        private static final Duration MOST = Duration.ofDays(7);

        Optional<Instant> instant(Instant now) {
            if (at == null) {
                return Optional.empty();
            }
            try {
                var instant = OffsetDateTime.parse(at).toInstant();
                if (instant.isBefore(now)) {
                    throw new RequestInvalidException("at", "lies in the past: it is " + now);
                }
                return Optional.of(instant);
            } catch (DateTimeParseException e) {
                throw new RequestInvalidException("at", "must be a time with its offset, such as 2026-11-24T02:00:00+01:00");
            }
        }

        Duration within() {
            try {
                var within = startWithin == null ? USUAL : Duration.parse(startWithin);
                if (!within.isNegative() && within.compareTo(MOST) <= 0) {
                    return within;
                }
            } catch (DateTimeParseException _) {
                // said below
            }
            throw new RequestInvalidException("startWithin", "must be an ISO 8601 duration from PT0S to P7D, such as PT1H");
        }
    }

    /// The start at a time that was ordered last.
    ///
    /// @param startWithin for so long after that time it may still be started
    /// @param state `Scheduled`, `Started`, `Missed` or `Refused`
    /// @param migration that was or is to be started
    /// @param fault why it was missed or refused
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ScheduledStart(String plan, Instant at, String startWithin, @OneOf("Scheduled Started Missed Refused") String state,
            String migration, @Nullable FaultView fault) {

        static ScheduledStart of(PlannedStart start) {
            var state = switch (start.state()) {
                case SCHEDULED -> "Scheduled";
                case STARTED -> "Started";
                case MISSED -> "Missed";
                case REFUSED -> "Refused";
            };
            return new ScheduledStart(start.plan().value(), start.at(), start.within().toString(), state, start.migration().value(),
                    start.fault() == null ? null : FaultView.of(start.fault()));
        }
    }

    /// @param scheduledStart absent where none was ordered
    record PlanView(String id, String name, String description, String targetNamespace, MappingViews.ProviderPair provider, MapPair map,
            Type type, boolean skipGuestConversion, boolean checkBoot, List<PlanVmView> vms,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable ScheduledStart scheduledStart) {

        static PlanView of(Plan plan, @Nullable PlannedStart start) {
            return new PlanView(plan.id().value(), plan.name(), plan.description(), plan.targetNamespace(),
                    new MappingViews.ProviderPair(plan.sourceProvider(), plan.destinationProvider()),
                    new MapPair(plan.networkMapping(), plan.storageMapping()), Type.of(plan.type()), plan.skipGuestConversion(),
                    plan.checkBoot(),
                    plan.vms().stream().map(vm -> new PlanVmView(vm.id(), vm.name(), vm.targetName(), vm.rootDisk(), null,
                            vm.keyDevices().isEmpty() ? null : vm.keyDevices())).toList(),
                    start == null ? null : ScheduledStart.of(start));
        }
    }

    /// What was found about the plan as a whole.
    ///
    /// @param category `Critical` keeps the plan from starting; `Warn`, `Advisory`
    record ConditionView(String type, String status, @OneOf("Critical Warn Advisory") String category,
            String message, String suggestion) {}

    record ValidationView(boolean ready, List<ConditionView> conditions, List<VmConcernsView> vms) {

        static ValidationView of(Assessment assessment) {
            return new ValidationView(assessment.ready(),
                    assessment.conditions().stream().map(one -> new ConditionView(one.type(), "True", one.category().label(), one.message(),
                            one.suggestion())).toList(),
                    assessment.vms().stream().map(vm -> new VmConcernsView(vm.id(), vm.name(), InventoryView.ConcernView.of(vm.concerns())))
                            .toList());
        }
    }

    record VmConcernsView(String id, String name, List<InventoryView.ConcernView> concerns) {}

    private PlanViews() {}
}
