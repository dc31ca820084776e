package io.godwit.engine.migration;

import io.godwit.engine.assess.Assessment;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a person may ask of migrations.
public interface Migrations {
    /// Whether the plan could be started now; reads the source's inventory.
    Assessment assess(Plan plan);

    /// Starts the plan. Faults: `PLAN_NOT_FOUND`; `PLAN_NOT_READY` (with what is critical in `why`); `PLAN_ALREADY_RUNNING`;
    /// `PLAN_HAS_FAILED_MIGRATION` where a VM migration of it waits for a retry or a cancel.
    default MigrationView start(PlanId plan) {
        return start(plan, MigrationId.random());
    }

    /// The same under that id; what was started under it before is left as it is and returned.
    MigrationView start(PlanId plan, MigrationId id);

    Optional<MigrationView> find(MigrationId id);

    /// The newest first.
    default List<MigrationView> list() {
        return list(null, Integer.MAX_VALUE);
    }

    /// Those that were started before that one, the newest first.
    ///
    /// @param before `null` = all
    /// @param limit most that are returned
    List<MigrationView> list(@Nullable MigrationId before, int limit);

    Optional<VmMigrationView> findVm(VmMigrationId id);

    /// Its journal, the oldest entry first; empty for an unknown one.
    List<JournalEntry> journal(VmMigrationId id);

    /// Looks whether the source is still what was migrated, and whether what was made is still there; changes nothing. Faults:
    /// `VM_MIGRATION_NOT_FOUND`; those of a destination that cannot be reached.
    Recheck recheck(VmMigrationId id);

    /// What happened after that event, in order.
    ///
    /// @param migration only what happened to it; `null` = to all
    /// @param limit most that are returned
    List<MigrationEvent> events(long after, @Nullable MigrationId migration, int limit);

    /// Number of the newest event; 0 before the first.
    long lastEvent();

    /// The jobs that run on this node, as far as they tell by themselves: nobody is asked.
    List<RunningJob> running();

    /// Orders to stop and undo these VM migrations. Faults: `MIGRATION_NOT_FOUND`, `VM_MIGRATION_NOT_FOUND`; `NOTHING_TO_CANCEL` where all of
    /// them have ended.
    ///
    /// @param vms empty = all of the migration
    MigrationView cancel(MigrationId id, Set<VmMigrationId> vms);

    /// Orders to go on at the steps that failed. Faults: `MIGRATION_NOT_FOUND`, `VM_MIGRATION_NOT_FOUND`; `NOTHING_TO_RETRY` where none of them
    /// has failed; `PLAN_ALREADY_RUNNING` while another migration of the plan runs.
    ///
    /// @param vms empty = all of the migration
    MigrationView retry(MigrationId id, Set<VmMigrationId> vms);
}
