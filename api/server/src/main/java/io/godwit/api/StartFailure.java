package io.godwit.api;

import io.godwit.model.fault.FaultException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Shows a fault that keeps the server from starting as what it is, without the stack of beans above it.
final class StartFailure extends AbstractFailureAnalyzer<FaultException> {
    @Override
    protected FailureAnalysis analyze(Throwable whole, FaultException cause) {
        var fault = cause.fault();
        return new FailureAnalysis(fault.code() + ": " + fault.what() + ": " + fault.why(), fault.remedy(), cause);
    }
}
