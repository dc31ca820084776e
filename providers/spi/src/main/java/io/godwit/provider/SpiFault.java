package io.godwit.provider;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.SOURCE;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// Faults that every provider shares.
public enum SpiFault implements FaultCode {
    // @formatter:off
    SETTING_MISSING(lasting(USER,
            "A provider lacks a setting that it cannot do without, or has one that cannot be read.",
            "It was registered without, or with a word where a number belongs.",
            "Register the provider again with this setting.")),
    PROVIDER_URL_INVALID(lasting(USER,
            "A provider's location is none of its kind.",
            "The path is not absolute, is misspelt, or the URL has another scheme.",
            "Register the provider with the location that its README describes.")),
    VM_NOT_FOUND(lasting(USER,
            "The source does not have that VM.",
            "It was removed or renamed since the inventory was read.",
            "Refresh the inventory and use the id of a VM that it lists.")),
    SOURCE_CHANGED(lasting(SOURCE,
            "The source is not the one that the migration began with.",
            "The file was replaced or written to since.",
            "Start a new migration of this VM: what was copied so far belongs to other bytes.")),
    OWNERSHIP_MISMATCH(lasting(DESTINATION,
            "An object at the destination has the name that ours is to get, and is not ours.",
            "Another migration or a person made it.",
            "Rename or remove the object that has this name and does not belong to this migration.")),
    CAPACITY_EXCEEDED(passing(DESTINATION,
            "The destination has no room for it.",
            "The disks together need more than the storage has free.",
            "Free space at the destination, or map the storage to another one.")),
    STORAGE_CLASS_UNKNOWN(lasting(USER,
            "The destination has no such storage class.",
            "The storage mapping names a class that is misspelt, or was removed.",
            "Map the storage to a class that the destination has, or to no class for the destination's default.")),
    WORKER_LOST(passing(DESTINATION,
            "A job's worker is gone, and left no result.",
            "It was killed, for lack of memory most often, or the machine was started anew.",
            "Look for the out-of-memory killer in the kernel log; the job is started again by itself.")),
    WORKER_UNREACHABLE(passing(DESTINATION,
            "A worker lives and does not answer.",
            "Its machine is overloaded, or cut off.",
            "See whether the machine of the worker is up; the job is adopted again by itself."));
    // @formatter:on

    private final CatalogueEntry entry;

    SpiFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
