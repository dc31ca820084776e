package io.godwit.smoke.hold;

import io.godwit.engine.migration.Pushed;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// Lets a push wait in front of the engine while the file `STAGE.hold` exists, and says so with the file `STAGE.reached`.
final class HoldAtStage implements VmMigrationRunner {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private final VmMigrationRunner runner;
    private final Path holds;
    private final Map<VmMigrationId, String> stages = new ConcurrentHashMap<>();

    HoldAtStage(VmMigrationRunner runner, Path holds) {
        this.runner = runner;
        this.holds = holds;
    }

    @Override
    public List<String> stages() {
        return runner.stages();
    }

    @Override
    public List<Due> claimDue() {
        var claimed = runner.claimDue();
        claimed.forEach(due -> stages.put(due.id(), due.stage()));
        return claimed;
    }

    @Override
    public Pushed execute(VmMigrationId id) {
        waitWhileHeld(stages.getOrDefault(id, "none"));
        return runner.execute(id);
    }

    @Override
    public Pushed park(VmMigrationId id, Fault fault) {
        return runner.park(id, fault);
    }

    private void waitWhileHeld(String stage) {
        var hold = holds.resolve(stage + ".hold");
        var until = Instant.now().plus(LONGEST);
        if (!Files.exists(hold) || Files.exists(holds.resolve(stage + ".pass"))) {
            return;
        }
        try {
            Files.writeString(holds.resolve(stage + ".reached"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        while (Files.exists(hold) && Instant.now().isBefore(until)) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
