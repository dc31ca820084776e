package io.godwit.engine.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.limit.CopyGrant;
import io.godwit.engine.limit.CopyJob;
import io.godwit.engine.limit.GrantLedger;
import io.godwit.engine.limit.Rates;
import io.godwit.model.disk.JobName;
import io.godwit.model.migration.VmMigrationId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What every ledger of several nodes is held to. Each test starts with one that holds nothing.
public abstract class GrantLedgerContract {
    private static final int NODES = 4;
    private static final int ROUNDS = 10;

    /// The same ledger for the whole test.
    protected abstract GrantLedger ledger();

    private static CopyGrant grant(String id, double bytes) {
        var job = new CopyJob(VmMigrationId.from(id), new JobName("copy-1"), "p-1", "vm-1", "s-1", null, "d-1", List.of("disk-0"));
        return new CopyGrant(job, Rates.UNLIMITED, new Rates(bytes, 0.125), false);
    }

    private List<CopyGrant> seenBy(String node) {
        var seen = new ArrayList<CopyGrant>();
        ledger().settle(node, others -> {
            seen.addAll(others);
            return List.of();
        });
        return seen;
    }

    @Test
    public void aNodeSeesWhatTheOthersWereGrantedLast() {
        ledger().settle("a", _ -> List.of(grant("v-1", 7), grant("v-2", 8)));
        assertThat(seenBy("b")).containsExactly(grant("v-1", 7), grant("v-2", 8));
        ledger().settle("a", others -> {
            assertThat(others).as("its own are not among them").isEmpty();
            return List.of(grant("v-2", 9));
        });
        assertThat(seenBy("b")).containsExactly(grant("v-2", 9));
    }

    @Test
    public void aCopyThatAnotherNodeTookOverIsItsOwn() {
        ledger().settle("a", _ -> List.of(grant("v-1", 7)));
        ledger().settle("b", _ -> List.of(grant("v-1", 5)));
        assertThat(seenBy("c")).containsExactly(grant("v-1", 5));
        assertThat(seenBy("a")).containsExactly(grant("v-1", 5));
    }

    @Test
    public void aDecisionThatFailsChangesNothing() {
        ledger().settle("a", _ -> List.of(grant("v-1", 7)));
        assertThatThrownBy(() -> ledger().settle("a", _ -> {
            throw new IllegalStateException("planted");
        })).hasMessage("planted");
        assertThat(seenBy("b")).containsExactly(grant("v-1", 7));
    }

    /// Each node takes what the others left of 100, as long as there is anything.
    @Test
    public void nodesThatDecideAtOnceNeverGrantMoreThanThereIs() throws InterruptedException, ExecutionException {
        try (var nodes = Executors.newFixedThreadPool(NODES)) {
            for (int round = 0; round < ROUNDS; round++) {
                var tries = IntStream.range(0, NODES).mapToObj(node -> nodes.submit(() -> ledger().settle("n-" + node, others -> {
                    double left = 100 - others.stream().mapToDouble(other -> other.held().bytesPerSecond()).sum();
                    return left >= 60 ? List.of(grant("v-" + node, 60)) : List.of();
                }))).toList();
                int granted = 0;
                for (var each : tries) {
                    granted += each.get().size();
                }
                assertThat(granted).isPositive();
                assertThat(seenBy("nobody")).hasSizeLessThanOrEqualTo(1);
            }
        }
    }
}
