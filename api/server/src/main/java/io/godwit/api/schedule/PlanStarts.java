package io.godwit.api.schedule;

import io.godwit.api.ServerFault;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.PlannedStart;
import io.godwit.engine.catalog.PlannedStart.State;
import io.godwit.engine.catalog.PlannedStartStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.migration.Migrations;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts plans at the time that was ordered, once: the migration's id is chosen with the order, and whoever is woken starts that one or finds it.
public final class PlanStarts {
    private static final Logger LOG = LoggerFactory.getLogger(PlanStarts.class);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(10);

    private final PlannedStartStore store;
    private final CatalogStore catalog;
    private final Migrations migrations;
    private final Alarm alarm;
    private final InstantSource clock;

    public PlanStarts(PlannedStartStore store, CatalogStore catalog, Migrations migrations, Alarm alarm, InstantSource clock) {
        this.store = store;
        this.catalog = catalog;
        this.migrations = migrations;
        this.alarm = alarm;
        this.clock = clock;
    }

    /// Orders a start, in place of one that was ordered before.
    public PlannedStart schedule(Plan plan, Instant at, Duration within, MigrationId migration) {
        var before = store.find(plan.id());
        var start = new PlannedStart(plan.id(), at, within, migration, node(plan), State.SCHEDULED, null);
        store.put(start);
        before.filter(earlier -> !Objects.equals(earlier.node(), start.node()))
                .ifPresent(earlier -> alarm.remove(plan.id(), earlier.node()));
        alarm.set(plan.id(), start.node(), at);
        return start;
    }

    private @Nullable String node(Plan plan) {
        return Stream.of(plan.destinationProvider(), plan.sourceProvider()).map(catalog::findProvider).flatMap(Optional::stream)
                .map(ProviderRow::node).filter(Objects::nonNull).findFirst().orElse(null);
    }

    /// Takes an ordered start back.
    public void cancel(Plan plan) {
        var start = store.find(plan.id());
        if (start.isEmpty() || !store.delete(plan.id())) {
            throw new FaultException(ServerFault.NOTHING_SCHEDULED, "the start of plan " + plan.name() + " cannot be taken back",
                    start.isEmpty() ? "none was ordered" : "it is " + start.get().state() + " already");
        }
        alarm.remove(plan.id(), start.get().node());
    }

    public Optional<PlannedStart> find(PlanId plan) {
        return store.find(plan);
    }

    /// Of all plans.
    public List<PlannedStart> list() {
        return store.list();
    }

    /// Sets the alarms that a server which died in between may not have set.
    ///
    /// @param node this one
    public void resume(String node) {
        for (var start : store.list()) {
            boolean ours = start.node() == null || start.node().equals(node);
            if (ours && start.state() == State.SCHEDULED && !alarm.isSet(start.plan(), start.node())) {
                alarm.set(start.plan(), start.node(), start.at());
            }
        }
    }

    /// The alarm of that plan: starts it if it is time, and records what became of it.
    public void due(PlanId plan) {
        var found = store.find(plan).filter(start -> start.state() == State.SCHEDULED);
        if (found.isEmpty()) {
            return;
        }
        var start = found.get();
        var now = clock.instant();
        if (now.isBefore(start.at())) { // the clock was set back, or the order changed meanwhile
            alarm.set(plan, start.node(), start.at());
            return;
        }
        var latest = start.at().plus(start.within());
        if (now.isAfter(latest) && migrations.find(start.migration()).isEmpty()) {
            decide(start.as(State.MISSED, Fault.of(ServerFault.START_MISSED, "plan " + plan + " was to start at " + start.at(),
                    "no server ran before " + now + ", and it was to start at " + latest + " at the latest")));
            return;
        }
        try {
            migrations.start(plan, start.migration());
            decide(start.as(State.STARTED, null));
        } catch (FaultException e) {
            if (e.fault().retryable() && now.plus(TRY_AGAIN).isBefore(latest)) {
                LOG.warn("the start of plan {} is tried again: {}", plan, e.fault().toString());
                alarm.set(plan, start.node(), now.plus(TRY_AGAIN));
            } else {
                decide(start.as(State.REFUSED, e.fault()));
            }
        }
    }

    private void decide(PlannedStart decided) {
        if (store.decide(decided)) {
            LOG.info("the start of plan {} that was ordered for {} is {}{}", decided.plan(), decided.at(), decided.state(),
                    decided.fault() == null ? "" : ": " + decided.fault());
        }
    }
}
