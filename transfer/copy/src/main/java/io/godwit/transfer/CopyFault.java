package io.godwit.transfer;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.SOURCE;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// What can go wrong with a copy as a whole; single reads and writes have [io.godwit.blockio.BlockFault].
public enum CopyFault implements FaultCode {
    // @formatter:off
    COPY_EXTENTS_OUTSIDE(lasting(SOURCE,
            "The list of changed extents does not fit to the disk.",
            "It belongs to another disk, or the disk was resized.",
            "See whether the list of changes belongs to this disk: nothing of it was copied.")),
    COPY_STOPPED(passing(USER,
            "A copy was stopped before its end.",
            "A person pressed Ctrl-C, or the process was told to end.",
            "Start it again: it goes on from its checkpoint.")),
    COPY_SOURCE_SIZE_WRONG(lasting(SOURCE,
            "The source's disk does not have the size that the inventory told.",
            "The disk was resized since, or its image tells another size than the VM's hardware.",
            "Refresh the inventory and migrate again: the disk has another size than the VM's hardware says.")),
    COPY_TARGET_SIZE_WRONG(lasting(DESTINATION,
            "The target is not as large as the source.",
            "The volume was resized, perhaps while it was written, or is another one.",
            "Retry the allocation of volumes: the volume does not have the size of the disk.")),
    COPY_SIZES_UNFIT(lasting(USER,
            "`godwit copy` finds a target that does not have the size for its source.",
            "TARGET is a device or an export that is smaller, or a file of another size with --changed-extents.",
            "Give a TARGET of at least the size of SOURCE; with --changed-extents onto a file, of exactly that size: nothing was written.")),
    COPY_TARGET_BUSY(passing(DESTINATION,
            "Somebody else writes to the target.",
            "An earlier copy of it still runs.",
            "Wait for the other writer to end, or find it by the lock file.")),
    COPY_BLOCKS_TOO_MANY(lasting(SOURCE,
            "A disk has too many blocks.",
            "Its server, or the target's, takes short requests only, and the disk is long.",
            "Let the servers take longer requests: blocks are as long as the longest request of both, and 67,108,864 of them can be copied.")),
    COPY_CHECKPOINT_FAILED(passing(DESTINATION,
            "A copy could not save how far it is.",
            "The work volume is full or has errors.",
            "See whether the work volume is full or has errors.")),
    COPY_CHECKPOINT_BUSY(passing(USER,
            "Two copies would keep the same checkpoint.",
            "An earlier `godwit copy` with the same --checkpoint still runs.",
            "Wait for the other copy to end, or give each copy a --checkpoint of its own.")),
    COPY_VERIFY_MISMATCH(passing(DESTINATION,
            "What was read back from the target is not what was written.",
            "The destination's storage or its cache loses or mixes up writes, or somebody else writes to the volume.",
            "Look for errors of the destination's storage in its kernel log, and for who else writes there; the next try copies from zero."));
    // @formatter:on

    private final CatalogueEntry entry;

    CopyFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
