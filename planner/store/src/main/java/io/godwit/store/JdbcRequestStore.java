package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.IDEMPOTENCY_KEY_REUSED;
import static io.godwit.store.Transactions.at;
import static io.godwit.store.Transactions.pass;

import io.godwit.engine.catalog.RequestStore;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.RandomId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Requests over JDBC. Whoever begins one passes the gate of the catalogue, and sweeps what is too old.
final class JdbcRequestStore implements RequestStore {
    private record Kept(String digest, String seed, String node, Instant begunAt, @Nullable Answer answer) {
        boolean isLost(Instant now, String asking, Instant askingStarted) {
            return (node.equals(asking) && begunAt.isBefore(askingStarted)) || begunAt.isBefore(now.minus(LOST));
        }
    }

    private final Transactions transactions;

    JdbcRequestStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public Begun begin(String key, String digest, String node, Instant nodeStarted) {
        return transactions.write("looking for an earlier request", sql -> {
            pass(sql, "catalog");
            var now = Transactions.now(sql);
            sql.sql("delete from kept_request where begun_at < ?").param(at(now.minus(KEPT))).update();
            var kept = find(sql, key);
            if (kept.isEmpty()) {
                var seed = RandomId.next("seed");
                sql.sql("insert into kept_request (request_key, digest, seed, node, begun_at) values (?, ?, ?, ?, ?)")
                        .params(key, digest, seed, node, at(now))
                        .update();
                return new Begun.First(seed);
            }
            var earlier = kept.get();
            if (!earlier.digest().equals(digest)) {
                throw new FaultException(IDEMPOTENCY_KEY_REUSED, "the request is refused",
                        "another one came with the same Idempotency-Key at " + earlier.begunAt());
            }
            if (earlier.answer() != null) {
                return new Begun.Done(earlier.answer());
            }
            if (!earlier.isLost(now, node, nodeStarted)) {
                return new Begun.UnderWay();
            }
            sql.sql("update kept_request set node = ?, begun_at = ? where request_key = ?").params(node, at(now), key).update();
            return new Begun.First(earlier.seed());
        });
    }

    private static Optional<Kept> find(JdbcClient sql, String key) {
        return sql.sql("select digest, seed, node, begun_at, status, content_type, body from kept_request where request_key = ?").param(key)
                .query((row, _) -> {
                    int status = row.getInt(5);
                    var answer = row.wasNull() ? null : new Answer(status, row.getString(6), row.getString(7));
                    return new Kept(row.getString(1), row.getString(2), row.getString(3),
                            row.getObject(4, OffsetDateTime.class).toInstant(), answer);
                }).optional();
    }

    @Override
    public void answered(String key, Answer answer) {
        transactions.write("keeping an answer",
                sql -> sql.sql("update kept_request set status = ?, content_type = ?, body = ? where request_key = ?")
                        .params(answer.status(), answer.contentType(), answer.body(), key)
                        .update());
    }

    @Override
    public void forget(String key) {
        transactions.write("forgetting a request",
                sql -> sql.sql("delete from kept_request where request_key = ? and status is null").param(key).update());
    }
}
