package io.godwit.engine.fault;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// Faults that the engine itself finds.
public enum EngineFault implements FaultCode {
    // @formatter:off
    PLAN_ALREADY_RUNNING(Blame.USER, false, "Wait until the running migration of this plan has ended, or cancel it."),
    PLAN_NOT_READY(Blame.USER, false, "Validate the plan and mend what its critical conditions name."),
    PLAN_NOT_FOUND(Blame.USER, false, "List the plans and use the id or name of one of them."),
    PLAN_IN_USE(Blame.USER, false, "Cancel the plan's migrations that have not ended, then delete it."),
    PROVIDER_NOT_FOUND(Blame.USER, false, "List the providers and use the id or name of one of them."),
    PROVIDER_IN_USE(Blame.USER, false, "Delete the plans, mappings and limits that name the provider first."),
    LIMIT_NOT_FOUND(Blame.USER, false, "List the limits and use the name of one of them."),
    MAPPING_NOT_FOUND(Blame.USER, false, "List the mappings and use the id or name of one of them."),
    MAPPING_IN_USE(Blame.USER, false, "Delete the plans that use the mapping first."),
    NAME_TAKEN(Blame.USER, false, "Choose another name."),
    IDEMPOTENCY_KEY_REUSED(Blame.USER, false, "Send another Idempotency-Key with another request."),
    MIGRATION_NOT_FOUND(Blame.USER, false, "List the migrations and use the id of one of them."),
    VM_MIGRATION_NOT_FOUND(Blame.USER, false, "List the migrations and use the id of one of their VM migrations."),
    NOTHING_TO_CANCEL(Blame.USER, false, "Look at the migration: all that was named has ended."),
    NOTHING_TO_RETRY(Blame.USER, false, "Look at the migration: only what has failed can be tried again."),
    STORE_UNAVAILABLE(Blame.GODWIT, true, "See whether the database is up and reachable."),
    JOURNAL_UNREADABLE(Blame.GODWIT, false, "Run the release that wrote this journal, or a later one."),
    JOURNAL_INCONSISTENT(Blame.GODWIT, false, "Report it with the journal: no sequence of steps leads to it."),
    STAGE_UNKNOWN(Blame.GODWIT, false, "Run the release that started this migration, or a later one."),
    STAGE_ROUTE_MISSING(Blame.GODWIT, false, "Start the server with the route of this stage, then retry."),
    STAGE_BROKEN(Blame.GODWIT, false, "Report it with the server's log; retry goes on at this step."),
    TARGET_NAME_TAKEN(Blame.USER, false, "Give the VM another target name in the plan, or remove the other VM."),
    TARGET_NAME_INVALID(Blame.USER, false, "Give the VM a target name with letters or digits in it."),
    SOURCE_RUNNING(Blame.USER, false, "Stop the VM at its source, then retry."),
    SOURCE_DID_NOT_STOP(Blame.GUEST, false, "Shut the guest down by hand, then retry."),
    MAPPING_INCOMPLETE(Blame.USER, false, "Cancel, add the missing network or storage to the mapping, and start the plan again."),
    VOLUME_MISMATCH(Blame.DESTINATION, false, "Cancel and start again: the volume is not the one that this migration made."),
    WORK_VOLUME_LOST(Blame.DESTINATION, false, "Cancel and start again: what was converted so far is gone."),
    NOTHING_COPIED(Blame.GODWIT, false, "Report it with the worker's log: a converted VM cannot be empty."),
    DISK_NOT_VERIFIED(Blame.DESTINATION, false, "Check the storage of the destination; cancel and start again."),
    CHECK_MISSING(Blame.GODWIT, false, "Report it with the worker's log: a check of the source gave no result."),
    GUEST_DID_NOT_BOOT(Blame.GUEST, false, "Look at the console text and the screendump; the VM and its volumes are kept."),
    LEFTOVERS_FOUND(Blame.DESTINATION, true, "Remove what is named by hand, then cancel again.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    EngineFault(Blame blame, boolean retryable, String remedy) {
        this.blame = blame;
        this.retryable = retryable;
        this.remedy = remedy;
    }

    @Override
    public Blame blame() {
        return blame;
    }

    @Override
    public boolean retryable() {
        return retryable;
    }

    @Override
    public String remedy() {
        return remedy;
    }
}
