package io.godwit.convert;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;

/// What the header of a systemd journal file says (systemd.io/JOURNAL_FILE_FORMAT): journald writes its boot there when it opens the file.
///
/// @param bootId 32 hexadecimal digits
/// @param lastEntry when the last entry was written, by the guest's clock
record JournalHeader(String bootId, Instant lastEntry) {
    static final int BYTES = 208;
    private static final byte[] SIGNATURE = "LPKSHHRH".getBytes(US_ASCII);
    private static final int BOOT_ID = 56;
    private static final int ID_BYTES = 16;
    private static final int LAST_ENTRY = 192;

    /// Empty when it is none, or of a file that no boot has written to.
    static Optional<JournalHeader> parse(byte[] start) {
        if (start.length < BYTES) {
            return Optional.empty();
        }
        var header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < SIGNATURE.length; i++) {
            if (header.get(i) != SIGNATURE[i]) {
                return Optional.empty();
            }
        }
        var boot = new byte[ID_BYTES];
        header.get(BOOT_ID, boot);
        var bootId = HexFormat.of().formatHex(boot);
        return bootId.matches("0+")
                ? Optional.empty()
                : Optional.of(new JournalHeader(bootId, Instant.EPOCH.plus(header.getLong(LAST_ENTRY), ChronoUnit.MICROS)));
    }
}
