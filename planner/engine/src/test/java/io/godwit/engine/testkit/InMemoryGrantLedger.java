package io.godwit.engine.testkit;

import io.godwit.engine.limit.CopyGrant;
import io.godwit.engine.limit.GrantLedger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// The grants of several nodes in memory.
public final class InMemoryGrantLedger implements GrantLedger {
    private record Row(String node, CopyGrant grant) {}

    private final Map<String, Row> rows = new TreeMap<>(); // by VM migration

    @Override
    public synchronized List<CopyGrant> settle(String node, UnaryOperator<List<CopyGrant>> decide) {
        var own = decide.apply(rows.values().stream().filter(row -> !row.node().equals(node)).map(Row::grant).toList());
        rows.values().removeIf(row -> row.node().equals(node));
        own.forEach(grant -> rows.put(grant.job().vmMigration().value(), new Row(node, grant)));
        return own;
    }
}
