package io.godwit.engine.migration;

import io.godwit.model.disk.JobProgress;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;

/// How far a job of this node was when it last told so by itself.
public record RunningJob(MigrationId migration, VmMigrationId vm, String vmName, String stage, JobProgress progress) {}
