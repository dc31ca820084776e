package io.godwit.convert;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// The starts of a machine in its /var/log/wtmp: records of utmp(5) as x86 has them.
final class WtmpRecords {
    static final int BYTES = 384;
    private static final short BOOT_TIME = 2;
    private static final int USER = 44;
    private static final byte[] REBOOT = "reboot\0".getBytes(US_ASCII);
    private static final int SECONDS = 340;
    private static final int MICROSECONDS = 344;
    private static final int MICROSECONDS_OF_A_SECOND = 1_000_000;

    private WtmpRecords() {}

    /// The starts among whole records; what is none is passed over.
    static List<Instant> boots(byte[] records) {
        var boots = new ArrayList<Instant>();
        for (int at = 0; at + BYTES <= records.length; at += BYTES) {
            var entry = ByteBuffer.wrap(records, at, BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
            var user = new byte[REBOOT.length];
            entry.get(USER, user);
            int micros = entry.getInt(MICROSECONDS);
            if (entry.getShort(0) == BOOT_TIME && java.util.Arrays.equals(user, REBOOT) && micros >= 0
                    && micros < MICROSECONDS_OF_A_SECOND) {
                boots.add(Instant.ofEpochSecond(Integer.toUnsignedLong(entry.getInt(SECONDS)), micros * 1000L));
            }
        }
        return boots;
    }
}
