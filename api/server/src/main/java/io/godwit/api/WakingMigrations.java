package io.godwit.api;

import io.godwit.engine.assess.Assessment;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.migration.MigrationEvent;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.migration.Migrations;
import io.godwit.engine.migration.Recheck;
import io.godwit.engine.migration.RunningJob;
import io.godwit.engine.migration.VmMigrationView;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The engine's migrations; what a person orders is looked at now and not at the next poll.
final class WakingMigrations implements Migrations {
    private final Migrations engine;
    private final Runnable look;

    WakingMigrations(Migrations engine, Runnable look) {
        this.engine = engine;
        this.look = look;
    }

    @Override
    public MigrationView start(PlanId plan, MigrationId id) {
        var started = engine.start(plan, id);
        look.run();
        return started;
    }

    @Override
    public MigrationView cancel(MigrationId id, Set<VmMigrationId> vms) {
        var canceled = engine.cancel(id, vms);
        look.run();
        return canceled;
    }

    @Override
    public MigrationView retry(MigrationId id, Set<VmMigrationId> vms) {
        var retried = engine.retry(id, vms);
        look.run();
        return retried;
    }

    @Override
    public Assessment assess(Plan plan) {
        return engine.assess(plan);
    }

    @Override
    public Optional<MigrationView> find(MigrationId id) {
        return engine.find(id);
    }

    @Override
    public List<MigrationView> list(@Nullable MigrationId before, int limit) {
        return engine.list(before, limit);
    }

    @Override
    public Optional<VmMigrationView> findVm(VmMigrationId id) {
        return engine.findVm(id);
    }

    @Override
    public List<MigrationEvent> events(long after, @Nullable MigrationId migration, int limit) {
        return engine.events(after, migration, limit);
    }

    @Override
    public long lastEvent() {
        return engine.lastEvent();
    }

    @Override
    public List<RunningJob> running() {
        return engine.running();
    }

    @Override
    public List<JournalEntry> journal(VmMigrationId id) {
        return engine.journal(id);
    }

    @Override
    public Recheck recheck(VmMigrationId id) {
        return engine.recheck(id);
    }
}
