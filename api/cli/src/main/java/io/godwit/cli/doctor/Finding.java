package io.godwit.cli.doctor;

/// What one check found.
///
/// @param code name of the [Ailment]; empty when all is well
/// @param what the ailment in a sentence; what was found where all is well
/// @param where the file, folder, variable or address
/// @param why what was seen there
/// @param remedy what to do; empty when all is well
public record Finding(Verdict verdict, String subject, String code, String what, String where, String why, String remedy) {
    public enum Verdict {
        OK,
        /// Works, and could work better.
        NOTE,
        /// Something will be slow, or fails for some.
        WARN,
        /// Godwit does not work so.
        FAIL
    }

    public static Finding ok(String subject, String detail) {
        return new Finding(Verdict.OK, subject, "", detail, "", "", "");
    }

    public static Finding note(String subject, String detail) {
        return new Finding(Verdict.NOTE, subject, "", detail, "", "", "");
    }

    /// With what stands between angle brackets filled in.
    Finding with(String word, String value) {
        return new Finding(verdict, subject, code, what, where, why, remedy.replace("<" + word + ">", value));
    }

    /// Of that program.
    Finding of(String program) {
        return new Finding(verdict, program, code, what, where, why, remedy);
    }

    Finding as(Verdict other) {
        return new Finding(other, subject, code, what, where, why, remedy);
    }
}
