package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.PLAN_NOT_FOUND;
import static io.godwit.store.Transactions.pass;

import io.godwit.engine.catalog.PlannedStart;
import io.godwit.engine.catalog.PlannedStartStore;
import io.godwit.engine.journal.RecordJson;
import io.godwit.model.fault.FaultException;
import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.Optional;

/// Planned starts over JDBC.
final class JdbcPlannedStartStore implements PlannedStartStore {
    private final Transactions transactions;

    JdbcPlannedStartStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public void put(PlannedStart start) {
        transactions.write("planning a start of " + start.plan(), sql -> {
            pass(sql, "catalog");
            if (sql.sql("select count(*) from plan where id = ?").param(start.plan().value()).query(Long.class).single() == 0) {
                throw new FaultException(PLAN_NOT_FOUND, "plan " + start.plan() + " cannot be started", "there is none of that id");
            }
            sql.sql("delete from planned_start where plan = ?").param(start.plan().value()).update();
            return sql.sql("insert into planned_start (plan, migration, state, body) values (?, ?, ?, ?)")
                    .params(start.plan().value(), start.migration().value(), start.state().name(), RecordJson.write(start))
                    .update();
        });
    }

    @Override
    public Optional<PlannedStart> find(PlanId plan) {
        return transactions.read("reading the planned start of " + plan,
                sql -> sql.sql("select body from planned_start where plan = ?")
                        .param(plan.value())
                        .query((row, _) -> RecordJson.read(PlannedStart.class, row.getString(1)))
                        .optional());
    }

    @Override
    public List<PlannedStart> list() {
        return transactions.read("reading planned starts",
                sql -> sql.sql("select body from planned_start")
                        .query((row, _) -> RecordJson.read(PlannedStart.class, row.getString(1)))
                        .list());
    }

    @Override
    public boolean decide(PlannedStart decided) {
        return transactions.write("recording what became of the start of " + decided.plan(),
                sql -> sql.sql("update planned_start set state = ?, body = ? where plan = ? and migration = ? and state = 'SCHEDULED'")
                        .params(decided.state().name(), RecordJson.write(decided), decided.plan().value(), decided.migration().value())
                        .update() == 1);
    }

    @Override
    public boolean delete(PlanId plan) {
        return transactions.write("taking back the start of " + plan,
                sql -> sql.sql("delete from planned_start where plan = ? and state = 'SCHEDULED'").param(plan.value()).update() == 1);
    }
}
