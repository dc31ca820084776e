package io.godwit.cli.doctor;

/// What one check found.
///
/// @param remedy what to do; empty when all is well
public record Finding(Verdict verdict, String subject, String detail, String remedy) {
    public enum Verdict {
        OK, WARN, FAIL
    }

    static Finding ok(String subject, String detail) {
        return new Finding(Verdict.OK, subject, detail, "");
    }

    static Finding warn(String subject, String detail, String remedy) {
        return new Finding(Verdict.WARN, subject, detail, remedy);
    }

    static Finding fail(String subject, String detail, String remedy) {
        return new Finding(Verdict.FAIL, subject, detail, remedy);
    }
}
