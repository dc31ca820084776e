package io.godwit.api;

import static io.godwit.model.fault.Blame.GODWIT;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// Faults of the server itself.
public enum ServerFault implements FaultCode {
    // @formatter:off
    REQUEST_INVALID(lasting(USER,
            "The server does not understand a request.",
            "A field is missing, unknown or out of its bounds; the violations name each.",
            "Correct the request as the violations say; /api/v1/openapi.json describes every field.")),
    NOT_FOUND(lasting(USER,
            "There is nothing at that address.",
            "The path or the id is misspelt, or the object was deleted.",
            "List the objects and use an id or a name from the list.")),
    METHOD_NOT_ALLOWED(lasting(USER,
            "The address is right, and what was to be done there is not.",
            "The HTTP method is another than the OpenAPI document names for that path.",
            "See /api/v1/openapi.json for what this path can do.")),
    TOKEN_MISSING(lasting(USER,
            "The server let a request in no further.",
            "It carries no token, or one that is not this server's.",
            "Send `Authorization: Bearer <token>`; the token is in the file `token` of the server's data folder.")),
    TOKEN_FILE_UNSAFE(lasting(USER,
            "The server does not start with a token that others can read.",
            "The file of the token was made or copied with rights for its group or everybody.",
            "Make the file readable by its owner only (chmod 600), or remove it: the server makes a new one.")),
    DATA_FOLDER_UNUSABLE(lasting(USER,
            "The server cannot work in its data folder.",
            "The folder belongs to another user, its file system is full or read-only, or it cannot be made.",
            "Give the server a data folder that it may write: --data, or the setting godwit.data.")),
    DATABASE_PASSWORD_UNREADABLE(lasting(USER,
            "The server cannot read the file with its database's password.",
            "The file is not there, or its owner is another user.",
            "Name a file that the server may read by the setting godwit.database.password-file.")),
    RUNTIME_FOLDER_UNSAFE(lasting(USER,
            "The server refuses the folder for its sockets.",
            "It is no folder, or belongs to another user: anybody may make one in /tmp before us.",
            "Remove the folder, or name another short one of our own by the setting godwit.runtime-directory.")),
    PROVIDER_TYPE_UNKNOWN(lasting(USER,
            "A provider cannot be registered.",
            "This server has no provider of that type.",
            "Use one of the types that this server has.")),
    PROVIDER_ELSEWHERE(lasting(USER,
            "A provider cannot be used from this server.",
            "It is part of another machine, such as a pool on that machine's disks.",
            "Ask the server on that node: the provider is part of its machine.")),
    NOTHING_SCHEDULED(lasting(USER,
            "An ordered start of a plan cannot be taken back.",
            "No start at a time was ordered, or the time has come: the plan was started, or the start missed.",
            "Look at the plan; cancel its migration where it was started.")),
    START_MISSED(lasting(USER,
            "A plan was not started at the time that was ordered.",
            "No server ran at that time, nor within the time after it that the order allows.",
            "Start the plan, or order another time with a longer time after it.")),
    TOO_MANY_STREAMS(passing(USER,
            "The server opens no further stream of events.",
            "Clients hold as many open as one server serves.",
            "Close streams that nobody reads, or follow all migrations by one stream of /api/v1/events.")),
    IDEMPOTENCY_KEY_INVALID(lasting(USER,
            "A request was refused because of its Idempotency-Key.",
            "The key is empty, longer than 255 characters or has characters that are not printable ASCII, or the request is larger than 1 MiB.",
            "Send a random key of 1 to 255 printable characters, such as a UUID.")),
    IDEMPOTENCY_KEY_IN_USE(passing(USER,
            "A request was refused because of its Idempotency-Key.",
            "The first request with that key has not been answered yet.",
            "Send the request again in a second: it then gets the answer of the first.")),
    INTERNAL_ERROR(lasting(GODWIT,
            "The server failed at a request.",
            "A bug of Godwit; the server's log has its stack trace.",
            "See the server's log at this time, and report it with that part of the log."));
    // @formatter:on

    private final CatalogueEntry entry;

    ServerFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
