package io.godwit.model.fault;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/// One thing that went wrong, as it is stored, sent between processes and shown.
///
/// @param code name of a [FaultCode]
/// @param blame who has to act
/// @param retryable whether the engine may try the step again by itself
/// @param what what failed and where, with names and numbers: one sentence without the reason
/// @param why the first cause as the tool, file or peer gave it
/// @param remedy what a person can do about it
public record Fault(String code, Blame blame, boolean retryable, String what, String why, String remedy) {
    public static Fault of(FaultCode code, String what, String why) {
        var entry = code.entry();
        return new Fault(code.name(), entry.blame(), entry.retryable(), what, why, entry.remedy());
    }

    /// The same, for a cause that an exception carries; an exception without a message gives its class name, and one whose message is a file only what
    /// is wrong with that.
    public static Fault of(FaultCode code, String what, Throwable cause) {
        return of(code, what, reason(cause));
    }

    private static String reason(Throwable cause) {
        var message = cause.getMessage();
        return switch (cause) {
            case UncheckedIOException e when e.getCause() != null -> reason(e.getCause());
            case NoSuchFileException e -> "there is no such file: " + e.getFile();
            case AccessDeniedException e -> "permission denied: " + e.getFile();
            case FileAlreadyExistsException e -> "it is there already: " + e.getFile();
            case DirectoryNotEmptyException e -> "the folder is not empty: " + e.getFile();
            default -> message == null ? cause.getClass().getSimpleName() : message;
        };
    }

    /// The same fault in other words, such as those that tell of all tries.
    public Fault told(String newWhat, String newWhy) {
        return new Fault(code, blame, retryable, newWhat, newWhy, remedy);
    }

    /// Whether this fault is of that kind.
    public boolean is(FaultCode kind) {
        return code.equals(kind.name());
    }

    @Override
    public String toString() {
        return code + ": " + what + ": " + why + " (" + remedy + ")";
    }
}
