package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.PLAN_ALREADY_RUNNING;
import static io.godwit.engine.fault.EngineFault.PLAN_HAS_FAILED_MIGRATION;
import static io.godwit.engine.fault.EngineFault.VM_MIGRATION_NOT_FOUND;
import static io.godwit.store.Transactions.at;
import static io.godwit.store.Transactions.pass;

import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EngineEntry.Created;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.InboxCommand;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.JournalEvent;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.MigrationRow;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Projection;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.SlotUse;
import io.godwit.engine.journal.Status;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.journal.VmCount;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.PlanId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Journals over JDBC. Whoever appends or claims locks the lease row first; starts, slots and (embedded) claims pass a gate row.
final class JdbcMigrationStore implements MigrationStore {
    private static final List<String> ACTIVE = Stream.of(Phase.values()).filter(Phase::active).map(Phase::name).toList();
    private static final List<String> ENDED = Stream.of(Phase.values()).filter(Phase::ended).map(Phase::name).toList();
    private static final String SELECT_VM = """
            select v.id, v.migration, v.plan, v.vm_id, v.vm_name, v.node, s.phase, s.stage, s.waiting_for, s.fault_code, s.next_check_at
            from vm_migration v join vm_status s on s.vm_migration = v.id""";

    private final Transactions transactions;
    private final Dialect dialect;
    private final FactTypes facts;
    private final Projection projection;

    JdbcMigrationStore(Transactions transactions, Dialect dialect, FactTypes facts, Projection projection) {
        this.transactions = transactions;
        this.dialect = dialect;
        this.facts = facts;
        this.projection = projection;
    }

    @Override
    public Instant now() {
        return transactions.read("asking for the time", Transactions::now);
    }

    @Override
    public void create(MigrationRow migration, List<NewVmMigration> vms) {
        transactions.write("creating migration " + migration.id(), sql -> {
            pass(sql, "starts");
            requireNoOther(sql, migration.plan(), migration.id());
            requireNoneFailed(sql, migration.plan());
            sql.sql("insert into migration (id, plan, plan_name, started_at) values (?, ?, ?, ?)")
                    .params(migration.id().value(), migration.plan().value(), migration.planName(), at(migration.startedAt()))
                    .update();
            var now = Transactions.now(sql);
            for (var vm : vms) {
                var row = vm.row();
                var plan = vm.created().payload() instanceof Created created ? created.plan() : null;
                sql.sql("insert into vm_migration (id, migration, plan, vm_id, vm_name, node, source_provider, destination_provider)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?)")
                        .param(row.id().value())
                        .param(row.migration().value())
                        .param(row.plan().value())
                        .param(row.vmId())
                        .param(row.vmName())
                        .param(row.node())
                        .param(plan == null ? "" : plan.sourceProvider())
                        .param(plan == null ? "" : plan.destinationProvider())
                        .update();
                sql.sql("insert into lease (vm_migration, epoch) values (?, 0)").param(row.id().value()).update();
                insert(sql, row.id(), row.status(), row.nextCheckAt() == null ? now : row.nextCheckAt());
            }
            vms.forEach(vm -> insert(sql, vm.row().id(), List.of(vm.created())));
            return true;
        });
    }

    /// No VM migration of that plan, outside of that migration, is worked on or about to be.
    private static void requireNoOther(JdbcClient sql, PlanId plan, MigrationId migration) {
        var others = sql.sql("""
                select v.id from vm_migration v join vm_status s on s.vm_migration = v.id
                where v.plan = :plan and v.migration <> :migration and (s.phase in (:active)
                    or exists (select 1 from inbox i where i.vm_migration = v.id and i.command = 'RETRY'))
                order by v.number""")
                .param("plan", plan.value())
                .param("migration", migration.value())
                .param("active", ACTIVE)
                .query(String.class)
                .list();
        if (!others.isEmpty()) {
            throw new FaultException(PLAN_ALREADY_RUNNING, "plan " + plan + " cannot be started",
                    others.size() + " VM migrations of it have not ended, the first is " + others.getFirst());
        }
    }

    private static void requireNoneFailed(JdbcClient sql, PlanId plan) {
        var failed = sql.sql("""
                select v.id from vm_migration v join vm_status s on s.vm_migration = v.id
                where v.plan = :plan and s.phase not in (:ended) order by v.number""")
                .param("plan", plan.value())
                .param("ended", ENDED)
                .query(String.class)
                .list();
        if (!failed.isEmpty()) {
            throw new FaultException(PLAN_HAS_FAILED_MIGRATION, "plan " + plan + " cannot be started",
                    failed.size() + " VM migrations of it have failed and can be retried, the first is " + failed.getFirst());
        }
    }

    @Override
    public List<Lease> claimDue(String owner, int limit, Duration leaseTime) {
        return transactions.write("claiming for " + owner, sql -> {
            boolean skipLocked = dialect == Dialect.POSTGRESQL;
            if (!skipLocked) {
                pass(sql, "claims");
            }
            var now = Transactions.now(sql);
            record Candidate(String id, long epoch) {}
            var candidates = sql.sql("""
                    select l.vm_migration, l.epoch
                    from lease l join vm_status s on s.vm_migration = l.vm_migration join vm_migration v on v.id = l.vm_migration
                    where s.next_check_at <= :now and (l.held_until is null or l.held_until <= :now) and (v.node is null or v.node = :owner)
                    order by s.next_check_at, v.number limit :limit""" + (skipLocked ? " for update of l skip locked" : ""))
                    .param("now", at(now))
                    .param("owner", owner)
                    .param("limit", limit)
                    .query((row, _) -> new Candidate(row.getString(1), row.getLong(2)))
                    .list();
            var leases = new ArrayList<Lease>();
            for (var each : candidates) {
                // a claim that began before the last owner let go may have seen a due time from before
                int stillDue = sql.sql("update vm_status set woken = false where vm_migration = ? and next_check_at <= ?")
                        .params(each.id(), at(now))
                        .update();
                var lease = new Lease(new VmMigrationId(each.id()), owner, each.epoch() + 1, now.plus(leaseTime));
                if (stillDue == 1 && sql.sql("update lease set owner = ?, epoch = ?, held_until = ? where vm_migration = ? and epoch = ?")
                        .params(owner, lease.epoch(), at(lease.until()), each.id(), each.epoch())
                        .update() == 1) {
                    leases.add(lease);
                }
            }
            return List.copyOf(leases);
        });
    }

    @Override
    public void releaseLeases(String deadOwner) {
        transactions.write("ending the leases of " + deadOwner,
                sql -> sql.sql("update lease set owner = null, held_until = null where owner = ?").param(deadOwner).update());
    }

    @Override
    public Appended append(Lease lease, Append append) {
        var id = lease.id();
        return transactions.write("appending to the journal of " + id, sql -> {
            // locks the row, and sees what was committed before
            int held = sql.sql("update lease set epoch = epoch where vm_migration = ? and epoch = ?").params(id.value(), lease.epoch())
                    .update();
            if (held == 0 || !follows(append.entries(), lastSeq(sql, id))) {
                return Appended.STALE;
            }
            if (!append.take().isEmpty()) {
                pass(sql, "slots");
                if (!fit(sql, id, append)) {
                    return Appended.SLOTS_FULL;
                }
            }
            if (append.freeSlots()) {
                sql.sql("delete from slot where vm_migration = ?").param(id.value()).update();
            }
            append.take().forEach(slot -> insert(sql, id, slot));
            for (var number : append.journalled()) {
                sql.sql("delete from inbox where vm_migration = ? and number = ?").params(id.value(), number).update();
            }
            var status = append.status();
            sql.sql("""
                    update vm_status set phase = :phase, stage = :stage, waiting_for = :waitingFor, fault_code = :faultCode,
                        next_check_at = case when woken or exists (select 1 from inbox where vm_migration = :id)
                            then current_timestamp else cast(:next as timestamp(6) with time zone) end
                    where vm_migration = :id""")
                    .param("phase", status.phase().name())
                    .param("stage", status.stage())
                    .param("waitingFor", status.waitingFor())
                    .param("faultCode", status.faultCode())
                    .param("next", append.nextCheckAt() == null ? null : at(append.nextCheckAt()))
                    .param("id", id.value())
                    .update();
            if (append.release()) {
                sql.sql("update lease set owner = null, held_until = null where vm_migration = ?").param(id.value()).update();
            }
            insert(sql, id, append.entries());
            return Appended.WRITTEN;
        });
    }

    private static long lastSeq(JdbcClient sql, VmMigrationId id) {
        return sql.sql("select coalesce(max(seq), 0) from journal where vm_migration = ?").param(id.value()).query(Long.class).single();
    }

    private static boolean follows(List<JournalEntry> entries, long last) {
        long next = last + 1;
        for (var entry : entries) {
            if (entry.seq() != next++) {
                return false;
            }
        }
        return true;
    }

    private static boolean fit(JdbcClient sql, VmMigrationId id, Append append) {
        var used = new HashMap<String, Integer>();
        for (var slot : append.take()) {
            int before = used.computeIfAbsent(slot.pool(), pool -> sql
                    .sql("select coalesce(sum(cost), 0) from slot where pool = ? and vm_migration <> ?")
                    .params(pool, append.freeSlots() ? id.value() : "")
                    .query(Integer.class)
                    .single());
            if (!slot.fits(before)) {
                return false;
            }
            used.put(slot.pool(), before + slot.cost());
        }
        return true;
    }

    @Override
    public void command(VmMigrationId id, Command command) {
        transactions.write("giving a command to " + id, sql -> {
            if (command == Command.RETRY) {
                pass(sql, "starts");
            }
            var vm = findVm(sql, id).orElseThrow(() -> new FaultException(VM_MIGRATION_NOT_FOUND, "there is no VM migration " + id,
                    "the database has none of that id"));
            if (command == Command.RETRY) {
                requireNoOther(sql, vm.plan(), vm.migration());
            }
            sql.sql("insert into inbox (vm_migration, command, given_at) values (?, ?, current_timestamp)")
                    .params(id.value(), command.name())
                    .update();
            sql.sql("update vm_status set next_check_at = current_timestamp, woken = true where vm_migration = ?").param(id.value())
                    .update();
            return true;
        });
    }

    @Override
    public List<InboxCommand> inbox(VmMigrationId id) {
        return transactions.read("reading the inbox of " + id,
                sql -> sql.sql("select number, command, given_at from inbox where vm_migration = ? order by number")
                        .param(id.value())
                        .query((row, _) -> new InboxCommand(row.getLong(1), Command.valueOf(row.getString(2)), instant(row, 3)))
                        .list());
    }

    @Override
    public List<JournalEntry> journal(VmMigrationId id) {
        return transactions.read("reading the journal of " + id, sql -> journal(sql, id));
    }

    private List<JournalEntry> journal(JdbcClient sql, VmMigrationId id) {
        return sql.sql("""
                select seq, epoch, step, attempt, kind, operation_id, fact_type, version, payload, written_at
                from journal where vm_migration = ? order by seq""").param(id.value()).query((row, _) -> {
            var type = row.getString(7);
            int version = row.getInt(8);
            return new JournalEntry(row.getLong(1), row.getLong(2), new StepPath(row.getString(3)), row.getInt(4),
                    EntryKind.valueOf(row.getString(5)), row.getString(6), type, version, facts.read(type, version, row.getString(9)),
                    instant(row, 10));
        }).list();
    }

    @Override
    public void wake(VmMigrationId id) {
        transactions.write("waking " + id, sql -> sql
                .sql("update vm_status set next_check_at = current_timestamp, woken = true where vm_migration = ? and next_check_at is not null")
                .param(id.value())
                .update());
    }

    @Override
    public Optional<VmMigrationRow> findVm(VmMigrationId id) {
        return transactions.read("reading " + id, sql -> findVm(sql, id));
    }

    private static Optional<VmMigrationRow> findVm(JdbcClient sql, VmMigrationId id) {
        return sql.sql(SELECT_VM + " where v.id = ?").param(id.value()).query(JdbcMigrationStore::vm).optional();
    }

    @Override
    public List<VmMigrationRow> listVms(MigrationId id) {
        return transactions.read("reading " + id, sql -> sql.sql(SELECT_VM + " where v.migration = ? order by v.number")
                .param(id.value())
                .query(JdbcMigrationStore::vm)
                .list());
    }

    private static VmMigrationRow vm(ResultSet row, int number) throws SQLException {
        var status = new Status(Phase.valueOf(row.getString(7)), row.getString(8), row.getString(9), row.getString(10));
        return new VmMigrationRow(new VmMigrationId(row.getString(1)), new MigrationId(row.getString(2)), new PlanId(row.getString(3)),
                row.getString(4), row.getString(5), row.getString(6), status, row.getObject(11) == null ? null : instant(row, 11));
    }

    @Override
    public Optional<MigrationRow> find(MigrationId id) {
        return transactions.read("reading " + id,
                sql -> sql.sql("select id, plan, plan_name, started_at from migration where id = ?")
                        .param(id.value())
                        .query(JdbcMigrationStore::migration)
                        .optional());
    }

    @Override
    public List<MigrationRow> list(@Nullable MigrationId before, int limit) {
        return transactions.read("listing migrations",
                sql -> sql.sql("select id, plan, plan_name, started_at from migration"
                        + (before == null ? "" : " where number < (select number from migration where id = :before)")
                        + " order by number desc limit :limit")
                        .param("before", before == null ? "" : before.value())
                        .param("limit", limit)
                        .query(JdbcMigrationStore::migration)
                        .list());
    }

    private static MigrationRow migration(ResultSet row, int number) throws SQLException {
        return new MigrationRow(new MigrationId(row.getString(1)), new PlanId(row.getString(2)), row.getString(3), instant(row, 4));
    }

    @Override
    public long lastEvent() {
        return transactions.read("looking for events", JdbcMigrationStore::lastEvent);
    }

    @Override
    public List<JournalEvent> events(long after, @Nullable MigrationId migration, int limit) {
        return transactions.read("reading events", sql -> sql.sql("""
                select j.event, j.vm_migration, j.seq, v.migration, v.vm_name
                from journal j join vm_migration v on v.id = j.vm_migration
                where j.event > :after""" + (migration == null ? "" : " and v.migration = :migration") + " order by j.event limit :limit")
                .param("after", after)
                .param("migration", migration == null ? "" : migration.value())
                .param("limit", limit)
                .query((row, _) -> new JournalEvent(row.getLong(1), new MigrationId(row.getString(4)),
                        new VmMigrationId(row.getString(2)), row.getString(5), row.getLong(3)))
                .list());
    }

    @Override
    public List<VmCount> countVms() {
        return transactions.read("counting VM migrations", sql -> sql.sql("""
                select s.phase, v.source_provider, v.destination_provider, count(*)
                from vm_status s join vm_migration v on v.id = s.vm_migration
                group by s.phase, v.source_provider, v.destination_provider""")
                .query((row, _) -> new VmCount(Phase.valueOf(row.getString(1)), row.getString(2), row.getString(3), row.getInt(4)))
                .list());
    }

    @Override
    public List<VmMigrationRow> listUnended() {
        return transactions.read("listing VM migrations", sql -> sql.sql(SELECT_VM + " where s.phase not in (:ended) order by v.number")
                .param("ended", ENDED)
                .query(JdbcMigrationStore::vm)
                .list());
    }

    @Override
    public List<SlotUse> slots() {
        return transactions.read("reading the slots",
                sql -> sql.sql("select vm_migration, pool, cost from slot order by pool, vm_migration")
                        .query((row, _) -> new SlotUse(new VmMigrationId(row.getString(1)), row.getString(2), row.getInt(3)))
                        .list());
    }

    @Override
    public void rebuildProjections() {
        transactions.write("rebuilding the projections", sql -> {
            sql.sql("update lease set epoch = epoch").update(); // nobody appends or claims meanwhile
            sql.sql("delete from slot").update();
            sql.sql("delete from vm_status").update();
            var now = Transactions.now(sql);
            for (var id : sql.sql("select id from vm_migration order by number")
                    .query((row, _) -> new VmMigrationId(row.getString(1)))
                    .list()) {
                var projected = projection.of(journal(sql, id));
                boolean commanded = sql.sql("select count(*) from inbox where vm_migration = ?").param(id.value()).query(Long.class)
                        .single() > 0;
                projected.slots().forEach(slot -> insert(sql, id, slot));
                insert(sql, id, projected.status(), projected.status().phase().active() || commanded ? now : null);
            }
            return true;
        });
    }

    /// The last that a transaction does: from here on no other one can write entries until it ends.
    private void insert(JdbcClient sql, VmMigrationId id, List<JournalEntry> entries) {
        if (!entries.isEmpty()) {
            sql.sql("update gate set passed = passed + ? where name = 'events'").param(entries.size()).update();
            long event = lastEvent(sql) - entries.size();
            for (var entry : entries) {
                insert(sql, id, entry, ++event);
            }
        }
    }

    private static long lastEvent(JdbcClient sql) {
        return sql.sql("select passed from gate where name = 'events'").query(Long.class).single();
    }

    private void insert(JdbcClient sql, VmMigrationId id, JournalEntry entry, long event) {
        sql.sql("""
                insert into journal
                    (vm_migration, seq, epoch, step, attempt, kind, operation_id, fact_type, version, payload, written_at, event)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""")
                .param(id.value())
                .param(entry.seq())
                .param(entry.epoch())
                .param(entry.step().value())
                .param(entry.attempt())
                .param(entry.kind().name())
                .param(entry.operationId())
                .param(entry.type())
                .param(entry.version())
                .param(facts.write(entry.payload()))
                .param(at(entry.at()))
                .param(event)
                .update();
    }

    private static void insert(JdbcClient sql, VmMigrationId id, Status status, @Nullable Instant nextCheckAt) {
        sql.sql("""
                insert into vm_status (vm_migration, phase, stage, waiting_for, fault_code, next_check_at, woken)
                values (:id, :phase, :stage, :waitingFor, :faultCode, :next, false)""")
                .param("id", id.value())
                .param("phase", status.phase().name())
                .param("stage", status.stage())
                .param("waitingFor", status.waitingFor())
                .param("faultCode", status.faultCode())
                .param("next", nextCheckAt == null ? null : at(nextCheckAt))
                .update();
    }

    private static void insert(JdbcClient sql, VmMigrationId id, Slot slot) {
        sql.sql("insert into slot (vm_migration, pool, cost) values (?, ?, ?)").params(id.value(), slot.pool(), slot.cost()).update();
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
