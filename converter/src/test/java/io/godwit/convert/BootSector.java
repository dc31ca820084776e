package io.godwit.convert;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// Master boot records that SeaBIOS starts: a guest of a few bytes, which boots in seconds where there is no KVM.
public final class BootSector {
    public static final int BYTES = 512;
    private static final int MOST_BYTES = 510;
    /// Writes its own sector to the next one, then the text behind it to the serial line, and halts; without interrupts from then on, since
    /// on each of them SeaBIOS sends on what it has not yet said, in the middle of the text.
    private static final String WRITES_AND_SPEAKS = "31c08ed88ec0b80103b90200ba8000bb007ccd13fabe267cbaf803ac84c07403eeebf8f4ebfd";

    private BootSector() {}

    /// Writes to its disk, then says that on the serial console, and halts.
    ///
    /// @param text in ASCII
    public static byte[] saying(String text) {
        return sector(WRITES_AND_SPEAKS, text);
    }

    /// Halts without a word.
    public static byte[] silent() {
        return sector("faf4ebfd", "");
    }

    /// Switches the machine off by ACPI (PM1a of QEMU's q35).
    public static byte[] switchingOff() {
        return sector("ba0406b80020eff4ebfd", "");
    }

    private static byte[] sector(String code, String text) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HexFormat.of().parseHex(code));
        bytes.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        if (bytes.size() >= MOST_BYTES) {
            throw new IllegalArgumentException("too long for a sector: " + text);
        }
        var sector = Arrays.copyOf(bytes.toByteArray(), BYTES);
        sector[MOST_BYTES] = 0x55;
        sector[MOST_BYTES + 1] = (byte) 0xaa;
        return sector;
    }
}
