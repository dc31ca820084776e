package io.godwit.worker;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.GODWIT;
import static io.godwit.model.fault.Blame.SOURCE;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// Faults of the worker process itself.
enum WorkerFault implements FaultCode {
    // @formatter:off
    JOB_CANCELED(lasting(USER,
            "A job ended before its work was done.",
            "A person cancelled its migration.",
            "Start the migration again, or retry it, if it should go on.")),
    JOB_SECRET_MISSING(passing(GODWIT,
            "A job was not sent a secret that it needs.",
            "The server that started it is gone or cannot reach it, or its plan was made anew without the key.",
            "Nothing need be done: the step is tried again; if it recurs, see whether the server runs and the plan has its keys.")),
    WORKER_STOPPED(passing(DESTINATION,
            "A job ended before its work was done.",
            "Its worker was told to stop, such as when the machine shuts down.",
            "Nothing: the job goes on from its checkpoint when it is started again.")),
    WORKER_FORSAKEN(passing(GODWIT,
            "A worker stopped its job at the checkpoint.",
            "No server asked for the job for a long time: it was stopped for good, or lost its data folder.",
            "See why no server asked for this job; it goes on from its checkpoint when one does.")),
    WORKER_FAILED(lasting(GODWIT,
            "A job ended with an error that its worker does not know.",
            "A bug of Godwit; the worker's log has its stack trace.",
            "Report this with the worker's log: it is a bug.")),
    WORKER_SETTING_INVALID(lasting(USER,
            "A worker does not understand one of its settings.",
            "The setting has no value that can be read, such as a rate without a number.",
            "Correct the setting of the worker's command, and retry.")),
    SOURCE_DIGEST_MISMATCH(lasting(SOURCE,
            "The bytes of the source are not those that its manifest tells.",
            "The file was damaged on its way, or changed after it was exported.",
            "The source's bytes are not what its manifest says: export or copy it again, and start a new migration.")),
    SOURCE_DIGEST_UNKNOWN(lasting(SOURCE,
            "The source's manifest cannot be checked.",
            "Its digests are of a kind that Java does not know.",
            "Export the source again, with a manifest of SHA-1, SHA-256 or SHA-512.")),
    COPY_SOURCE_MISSING(lasting(USER,
            "`godwit copy` finds no source.",
            "The path is misspelt, or the user may not read it.",
            "Give a path that exists and may be read, or a URI.")),
    COPY_SOURCE_UNUSABLE(lasting(USER,
            "`godwit copy` cannot use its source.",
            "A file of the options is not readable, or an option does not belong to that kind of source.",
            "Correct SOURCE or the options that belong to it; `godwit copy --help` lists them.")),
    COPY_SOURCE_IS_TARGET(lasting(USER,
            "`godwit copy` refuses to write a disk onto itself.",
            "TARGET is SOURCE under another name: a link, a loop device, a partition, or the same export.",
            "Give another TARGET: nothing was touched.")),
    COPY_FILE_TWICE(lasting(USER,
            "`godwit copy` was given one file for two purposes.",
            "Two of SOURCE, TARGET, --checkpoint, --report and --changed-extents lead to the same file.",
            "Give each its own file: nothing was touched.")),
    COPY_CHECKPOINT_UNFIT(lasting(USER,
            "`godwit copy` refuses a file as its checkpoint.",
            "It is there already, and was not written by an earlier copy.",
            "Give --checkpoint a path that is free, or the checkpoint of an earlier copy: nothing was touched.")),
    COPY_REPORT_UNWRITABLE(lasting(USER,
            "`godwit copy` cannot write its report.",
            "The path is a folder, lies in none, or may not be written.",
            "Give --report a path that may be written.")),
    COPY_SECRET_EXPOSED(lasting(USER,
            "`godwit copy` refuses a file with a secret.",
            "Its group or everybody may read it.",
            "Let nobody else at it: chmod 600 FILE.")),
    COPY_TARGET_UNUSABLE(lasting(USER,
            "`godwit copy` cannot use its target.",
            "The path is a folder, a pipe or a device of characters, lies in no folder, or may not be written; or the URI is malformed.",
            "Give a file or block device that may be written, or the URI of an NBD server.")),
    COPY_ADDRESS_UNKNOWN(lasting(USER,
            "`godwit copy` does not know that kind of address.",
            "The scheme of the URI is misspelt or is not read by Godwit, or it is written as nbdcopy or qemu-img write it.",
            "Use a path, nbd://, nbd+unix://, or, to read, https:// or ssh://.")),
    COPY_EXTENTS_UNREADABLE(lasting(USER,
            "`godwit copy` does not understand its list of changed extents.",
            "A line is not two numbers, or the extents are not in order.",
            "Write one extent per line: offset and length in bytes."));
    // @formatter:on

    private final CatalogueEntry entry;

    WorkerFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
