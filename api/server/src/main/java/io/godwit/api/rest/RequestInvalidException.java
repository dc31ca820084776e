package io.godwit.api.rest;

import java.util.List;

/// The request is well-formed, and names something that is not there or does not fit.
final class RequestInvalidException extends RuntimeException {
    private final transient List<Problem.Violation> violations;

    RequestInvalidException(String field, String message) {
        super(field + ": " + message);
        this.violations = List.of(new Problem.Violation(field, message));
    }

    List<Problem.Violation> violations() {
        return violations;
    }
}
