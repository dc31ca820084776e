package io.godwit.store;

import static io.godwit.store.Transactions.at;
import static io.godwit.store.Transactions.pass;

import io.godwit.engine.journal.RecordJson;
import io.godwit.engine.limit.CopyGrant;
import io.godwit.engine.limit.GrantLedger;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The grants of all nodes over JDBC: one transaction at a time. A node that is silent for some seconds is taken for one that cannot tell its workers
/// anything; what they hold stays taken for as long as they may go on by themselves.
final class JdbcGrantLedger implements GrantLedger {
    private static final Duration SILENT = Duration.ofSeconds(10);
    private static final Duration WORKERS_HAVE_STOPPED = Duration.ofMinutes(70);

    private record Row(CopyGrant grant, Instant renewedAt) {
        CopyGrant asOf(Instant now) {
            boolean silent = renewedAt.plus(SILENT).isBefore(now);
            return silent ? new CopyGrant(grant.job(), grant.demand(), grant.held(), true) : grant;
        }
    }

    private final Transactions transactions;

    JdbcGrantLedger(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public List<CopyGrant> settle(String node, UnaryOperator<List<CopyGrant>> decide) {
        return transactions.write("dividing the limits among copies", sql -> {
            pass(sql, "grants");
            var now = Transactions.now(sql);
            sql.sql("delete from copy_grant where renewed_at < ?").param(at(now.minus(WORKERS_HAVE_STOPPED))).update();
            var others = sql.sql("select body, renewed_at from copy_grant where node <> ? order by vm_migration")
                    .param(node)
                    .query((row, _) -> new Row(RecordJson.read(CopyGrant.class, row.getString(1)),
                            row.getObject(2, OffsetDateTime.class).toInstant()))
                    .list();
            var own = decide.apply(others.stream().map(row -> row.asOf(now)).toList());
            replace(sql, node, own, now);
            return own;
        });
    }

    private static void replace(JdbcClient sql, String node, List<CopyGrant> own, Instant now) {
        var grants = own.stream().collect(Collectors.toMap(grant -> grant.job().vmMigration().value(), Function.identity()));
        var kept = sql.sql("select vm_migration from copy_grant where node = ?").param(node).query(String.class).list();
        kept.stream().filter(id -> !grants.containsKey(id)).forEach(id -> delete(sql, id));
        for (Map.Entry<String, CopyGrant> each : grants.entrySet()) {
            delete(sql, each.getKey()); // also where another node had it before
            sql.sql("insert into copy_grant (vm_migration, node, body, renewed_at) values (?, ?, ?, ?)")
                    .params(each.getKey(), node, RecordJson.write(each.getValue()), at(now))
                    .update();
        }
    }

    private static void delete(JdbcClient sql, String vmMigration) {
        sql.sql("delete from copy_grant where vm_migration = ?").param(vmMigration).update();
    }
}
