package io.godwit.engine.journal;

import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps journals, inboxes and leases (primary data) and their projections. Every method is one transaction; what it acknowledged is
/// on disk. A store that cannot be reached is a retryable fault `STORE_UNAVAILABLE`; an append that failed so may have been written.
public interface MigrationStore {
    /// The time that leases and rechecks go by, the same for all replicas.
    Instant now();

    /// Creates a migration and its VM migrations: a CREATED entry (seq 1, epoch 0) each, lease free, due now. A fault `PLAN_ALREADY_RUNNING`
    /// where a VM migration of the same plan is in an active phase or has a RETRY in its inbox, `PLAN_HAS_FAILED_MIGRATION` where one has failed; two concurrent starts never both succeed.
    ///
    /// @param vms rows and their first entries
    void create(MigrationRow migration, List<NewVmMigration> vms);

    /// Leases due VM migrations to that owner: `nextCheckAt` reached, no lease that still runs, no other node's. The epoch grows by one.
    /// Longest due first. Two owners never get the same one.
    List<Lease> claimDue(String owner, int limit, Duration leaseTime);

    /// Ends all leases of an owner that is proven dead (its successor holds the lock on the same data folder), so that nobody waits them out.
    default void releaseLeases(String deadOwner) {}

    /// Writes all of it or nothing; see [Appended]. The lease may have run out, as long as nobody else took it since.
    Appended append(Lease lease, Append append);

    /// Puts a command into the inbox and makes the VM migration due now. RETRY: a fault `PLAN_ALREADY_RUNNING` where a VM migration of
    /// another migration of the same plan is active. A fault `VM_MIGRATION_NOT_FOUND` where there is none of that id.
    void command(VmMigrationId id, Command command);

    /// The commands that nobody has journalled yet, oldest first.
    List<InboxCommand> inbox(VmMigrationId id);

    /// All entries in order; empty where there is no such VM migration.
    List<JournalEntry> journal(VmMigrationId id);

    /// Number of the newest event; 0 before the first.
    long lastEvent();

    /// The events above that number, the lowest first.
    ///
    /// @param migration only its events; `null` = all
    /// @param limit most that are returned
    List<JournalEvent> events(long after, @Nullable MigrationId migration, int limit);

    /// Makes it due now, unless it is never due (`nextCheckAt` is `null`); harmless for an unknown one.
    void wake(VmMigrationId id);

    Optional<VmMigrationRow> findVm(VmMigrationId id);

    /// In the order in which they were created.
    List<VmMigrationRow> listVms(MigrationId id);

    Optional<MigrationRow> find(MigrationId id);

    /// The newest first.
    default List<MigrationRow> list() {
        return list(null, Integer.MAX_VALUE);
    }

    /// Those that were created before that one, the newest first; none where there is no such one.
    ///
    /// @param before `null` = all
    /// @param limit most that are returned
    List<MigrationRow> list(@Nullable MigrationId before, int limit);

    /// How many VM migrations of all time there are in each phase, by their providers; what there is none of may be missing.
    List<VmCount> countVms();

    /// Those that have not ended, over all migrations, in the order in which they were created.
    List<VmMigrationRow> listUnended();

    List<SlotUse> slots();

    /// Drops the projections and makes them anew from journals and inboxes: statuses, slots, due times (now for all that are active).
    void rebuildProjections();

    /// A VM migration to create.
    record NewVmMigration(VmMigrationRow row, JournalEntry created) {}
}
