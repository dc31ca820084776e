package io.godwit.model.disk;

import org.jspecify.annotations.Nullable;

/// What the boot check saw.
///
/// @param evidence the line of the console, or the fact, that the verdict rests on
/// @param consoleText absolute path of what the serial console printed, always kept
/// @param screendump absolute path of a picture (PPM or PNG); `null` when the machine was gone before one could be taken
public record BootReport(Verdict verdict, String evidence, int seconds, String consoleText, @Nullable String screendump) {
    public enum Verdict {
        /// User space was seen to run.
        BOOTED,
        /// It was seen not to boot: panic, no boot device, emergency shell.
        FAILED,
        /// Nothing was seen either way: many real guests have no serial console.
        UNPROVEN
    }
}
