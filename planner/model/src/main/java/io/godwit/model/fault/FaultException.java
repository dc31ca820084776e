package io.godwit.model.fault;

import org.jspecify.annotations.Nullable;

/// Carries a [Fault] up to where it is stored or shown.
public final class FaultException extends RuntimeException {
    private final transient Fault fault;

    public FaultException(Fault fault) {
        this(fault, null);
    }

    public FaultException(Fault fault, @Nullable Throwable cause) {
        super(fault.toString(), cause);
        this.fault = fault;
    }

    public FaultException(FaultCode code, String what, String why) {
        this(Fault.of(code, what, why));
    }

    public FaultException(FaultCode code, String what, Throwable cause) {
        this(Fault.of(code, what, cause), cause);
    }

    public Fault fault() {
        return fault;
    }
}
