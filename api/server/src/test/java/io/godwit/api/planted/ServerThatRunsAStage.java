package io.godwit.api.planted;

import io.godwit.engine.migration.Pushed;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.model.migration.VmMigrationId;

record ServerThatRunsAStage(VmMigrationRunner runner) {
    Pushed push(VmMigrationId id) {
        return runner.execute(id);
    }
}
