package io.godwit.protocol;

import io.godwit.model.disk.WorkerJob;
import io.godwit.model.migration.VmMigrationId;

/// What a worker is told to do.
///
/// @param owner whose disks these are
/// @param attempt counts from 1 within one step occurrence
/// @param silenceSeconds after so long without a word from any control plane the worker stops at its checkpoint
public record JobOrder(VmMigrationId owner, int attempt, long silenceSeconds, WorkerJob job) {}
