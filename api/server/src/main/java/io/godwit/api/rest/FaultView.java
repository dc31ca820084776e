package io.godwit.api.rest;

import io.godwit.model.fault.Fault;

/// What went wrong, who has to act, and how.
record FaultView(String code, @OneOf("USER SOURCE DESTINATION GUEST GODWIT") String blame, boolean retryable, String what, String why,
        String remedy) {
    static FaultView of(Fault fault) {
        return new FaultView(fault.code(), fault.blame().name(), fault.retryable(), fault.what(), fault.why(), fault.remedy());
    }
}
