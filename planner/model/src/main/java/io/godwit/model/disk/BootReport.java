package io.godwit.model.disk;

import org.jspecify.annotations.Nullable;

/// What the boot check saw.
///
/// @param evidence the line of the console, or the record, that the verdict rests on
/// @param consoleText absolute path of what the serial console printed, always kept
/// @param screendump absolute path of a picture (PPM or PNG); `null` when the machine was gone before one could be taken
/// @param proof what proved that it boots; `null` when nothing did, and in reports of before there were several
public record BootReport(Verdict verdict, String evidence, int seconds, String consoleText, @Nullable String screendump,
        @Nullable Proof proof) {
    /// What can prove that user space ran, best first.
    public enum Proof {
        /// The serial console.
        CONSOLE,
        /// The guest agent answered.
        GUEST_AGENT,
        /// A boot in the guest's systemd journal that was not there before.
        JOURNAL,
        /// A boot in the guest's wtmp that was not there before.
        WTMP,
        /// A start in Windows' System event log that was not there before.
        EVENT_LOG
    }

    public enum Verdict {
        /// User space was seen to run.
        BOOTED,
        /// It was seen not to boot: panic, no boot device, emergency shell.
        FAILED,
        /// Nothing was seen either way: neither on the console nor on the disks.
        UNPROVEN
    }
}
