package io.godwit.api;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// Faults of the server itself.
public enum ServerFault implements FaultCode {
    // @formatter:off
    REQUEST_INVALID(Blame.USER, "Correct the request as the violations say; /api/v1/openapi.json describes every field."),
    NOT_FOUND(Blame.USER, "List the objects and use an id or a name from the list."),
    METHOD_NOT_ALLOWED(Blame.USER, "See /api/v1/openapi.json for what this path can do."),
    TOKEN_MISSING(Blame.USER, "Send `Authorization: Bearer <token>`; the token is in the file `token` of the server's data folder."),
    TOKEN_FILE_UNSAFE(Blame.USER, "Make the file readable by its owner only (chmod 600), or remove it: the server makes a new one."),
    DATA_FOLDER_UNUSABLE(Blame.USER, "Give the server a data folder that it may write: --data, or the setting godwit.data."),
    DATABASE_PASSWORD_UNREADABLE(Blame.USER, "Name a file that the server may read by the setting godwit.database.password-file."),
    RUNTIME_FOLDER_UNSAFE(Blame.USER, "Remove the folder, or name another short one of our own by the setting godwit.runtime-directory."),
    PROVIDER_TYPE_UNKNOWN(Blame.USER, "Use one of the types that this server has."),
    PROVIDER_ELSEWHERE(Blame.USER, "Ask the server on that node: the provider is part of its machine."),
    INTERNAL_ERROR(Blame.GODWIT, "See the server's log at this time, and report it with that part of the log.");
    // @formatter:on

    private final Blame blame;
    private final String remedy;

    ServerFault(Blame blame, String remedy) {
        this.blame = blame;
        this.remedy = remedy;
    }

    @Override
    public Blame blame() {
        return blame;
    }

    @Override
    public boolean retryable() {
        return false;
    }

    @Override
    public String remedy() {
        return remedy;
    }
}
