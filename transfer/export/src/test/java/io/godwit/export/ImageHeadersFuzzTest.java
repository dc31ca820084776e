package io.godwit.export;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whatever the bytes of a header: taken or refused, no other exception; and one that leads to another file is refused whatever else is wrong.
@SuppressWarnings("ByteBufferBackingArray") // all are allocated here
class ImageHeadersFuzzTest {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime());
    private static final int CHANGES = 3000;
    private static final int SECTOR = 512;
    private static final String VMDK = """
            # Disk DescriptorFile
            version=1
            CID=fffffffe
            parentCID=ffffffff
            createType="monolithicSparse"
            RW 2048 SPARSE "disk.vmdk"
            """;

    private final Random random = new Random(SEED);

    @Test
    void takesThoseThatLeadNowhere() {
        for (var format : DiskFormat.values()) {
            ImageHeaders.requireSelfContained(window(healthy(format)), format);
        }
    }

    @Test
    void survivesAnyBytes() {
        System.out.println("ImageHeadersFuzzTest seed " + SEED);
        for (var format : DiskFormat.values()) {
            var whole = healthy(format);
            for (int i = 0; i < CHANGES / 4; i++) {
                var bytes = switch (i % 3) {
                    case 0 -> noise(random.nextInt(5000));
                    case 1 -> Arrays.copyOf(whole, random.nextInt(whole.length + 1));
                    default -> whole.clone();
                };
                for (int changes = bytes.length == 0 ? 0 : random.nextInt(12); changes > 0; changes--) {
                    bytes[near(bytes.length)] = (byte) random.nextInt();
                }
                outcome(bytes, format);
            }
        }
    }

    @Test
    void refusesAQcow2OverAnotherFileWhateverElseItSays() {
        var image = qcow2();
        image.putLong(8, 2048).putInt(16, 11).put(2048, "/etc/shadow".getBytes(US_ASCII));
        refusedWhatever(image.array(), DiskFormat.QCOW2, 8, 16);
    }

    @Test
    void refusesAVmdkWhoseExtentLiesElsewhereWhateverElseItSays() {
        for (var extent : new String[]{"RW 2048 FLAT \"/etc/shadow\" 0", "RW 2048 SPARSE \"../other.vmdk\"", "RW 2048 VMFS \"other\""}) {
            var descriptor = VMDK.replace("RW 2048 SPARSE \"disk.vmdk\"", extent);
            int at = SECTOR + descriptor.indexOf(extent);
            refusedWhatever(vmdk(descriptor), DiskFormat.VMDK, at - 1, at + extent.length() + 1);
        }
    }

    @Test
    void refusesAVmdkOverAParentWhateverElseItSays() {
        var hint = "parentFileNameHint=\"/etc/shadow\"";
        var descriptor = VMDK + hint + "\n";
        int at = SECTOR + descriptor.indexOf(hint);
        refusedWhatever(vmdk(descriptor), DiskFormat.VMDK, at - 1, at + hint.length() + 1);
    }

    @Test
    void refusesADifferencingVhdWhateverElseItSays() {
        var image = vhd();
        int footer = image.capacity() - SECTOR;
        image.putInt(60, 4).putInt(footer + 60, 4);
        refusedWhatever(image.array(), DiskFormat.VHD, footer + 60, footer + 64);
    }

    @Test
    void refusesAVhdxWithAParentWhateverElseItSays() {
        var image = vhdx();
        int metadata = 1 << 20;
        image.putShort(metadata + 10, (short) 2).putInt(metadata + (64 << 10) + 4, 2);
        guid(image, metadata + 64, 0xa8d35f2d, (short) 0xb30b, (short) 0x454d, 0xabf7d3d84834ab0cL);
        refusedWhatever(image.array(), DiskFormat.VHDX, 0, 0);
    }

    /// Patterns that try every way to split a line, and a table of regions that all lead to one table of items: hours, for an image of a few megabytes.
    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void getsLostInNoHeader() {
        var spaces = vmdk(VMDK + "a=" + " ".repeat(400_000) + "\"x\"y\n");
        ByteBuffer.wrap(spaces).order(ByteOrder.LITTLE_ENDIAN).putLong(36, 1000);
        ImageHeaders.requireSelfContained(window(spaces), DiskFormat.VMDK);

        var image = vhdx();
        for (int table : new int[]{192 << 10, 256 << 10}) {
            image.putInt(table + 8, 2047);
            for (int entry = 1; entry < 2047; entry++) {
                image.put(table + 16 + entry * 32, image.array(), table + 16, 32);
            }
        }
        image.putShort((1 << 20) + 10, (short) 2047);
        assertThatThrownBy(() -> ImageHeaders.requireSelfContained(window(image.array()), DiskFormat.VHDX))
                .hasMessageContaining("IMAGE_DAMAGED").hasMessageContaining("several times");
    }

    /// One byte changed anywhere but where the other file is named.
    private void refusedWhatever(byte[] image, DiskFormat format, int from, int to) {
        assertThatThrownBy(() -> ImageHeaders.requireSelfContained(window(image), format)).hasMessageContaining("IMAGE_NAMES_OTHER_FILES");
        for (int i = 0; i < CHANGES; i++) {
            int at = near(image.length);
            if (at < from || at >= to) {
                var kept = image[at];
                image[at] = (byte) random.nextInt();
                assertThatThrownBy(() -> ImageHeaders.requireSelfContained(window(image), format))
                        .as("seed " + SEED + ", byte " + at + " of " + format + " is " + image[at]).isInstanceOf(FaultException.class);
                image[at] = kept;
            }
        }
    }

    private static void outcome(byte[] bytes, DiskFormat format) {
        try {
            ImageHeaders.requireSelfContained(window(bytes), format);
        } catch (FaultException e) {
            assertThat(e.fault().remedy()).isNotEmpty();
        }
    }

    /// A place where headers and tables are, most of the time.
    private int near(int length) {
        int[] tables = {0, SECTOR, length - SECTOR, 192 << 10, 1 << 20, (1 << 20) + (64 << 10)};
        int at = tables[random.nextInt(tables.length)] + random.nextInt(640);
        return random.nextInt(10) == 0 || at < 0 || at >= length ? random.nextInt(length) : at;
    }

    private byte[] noise(int length) {
        var noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] healthy(DiskFormat format) {
        return switch (format) {
            case RAW -> new byte[4096];
            case QCOW2 -> qcow2().array();
            case VMDK -> vmdk(VMDK);
            case VHD -> vhd().array();
            case VHDX -> vhdx().array();
        };
    }

    private static ByteBuffer qcow2() {
        return ByteBuffer.allocate(1 << 17).putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, 1 << 20).putInt(100, 104);
    }

    private static byte[] vmdk(String descriptor) {
        var image = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x564d444b).putInt(4, 1).putInt(8, 3)
                .putLong(12, 2048).putLong(20, 128).putLong(28, 1).putLong(36, 20);
        return image.put(SECTOR, descriptor.getBytes(US_ASCII)).array();
    }

    private static ByteBuffer vhd() {
        var image = ByteBuffer.allocate(1 << 16);
        for (int at : new int[]{0, image.capacity() - SECTOR}) {
            image.put(at, "conectix".getBytes(US_ASCII)).putLong(at + 16, SECTOR).putInt(at + 60, 3);
        }
        return image.put(SECTOR, "cxsparse".getBytes(US_ASCII));
    }

    private static ByteBuffer vhdx() {
        var image = ByteBuffer.allocate(2 << 20).order(ByteOrder.LITTLE_ENDIAN).put(0, "vhdxfile".getBytes(US_ASCII));
        int metadata = 1 << 20;
        for (int table : new int[]{192 << 10, 256 << 10}) {
            image.put(table, "regi".getBytes(US_ASCII)).putInt(table + 8, 1).putLong(table + 32, metadata);
            guid(image, table + 16, 0x8b7ca206, (short) 0x4790, (short) 0x4b9a, 0xb8fe575f050f886eL);
        }
        image.put(metadata, "metadata".getBytes(US_ASCII)).putShort(metadata + 10, (short) 1).putInt(metadata + 48, 64 << 10);
        guid(image, metadata + 32, 0xcaa16737, (short) 0xfa36, (short) 0x4d43, 0xb3b633f0aa44e76bL);
        return image;
    }

    private static void guid(ByteBuffer image, int at, int first, short second, short third, long rest) {
        image.putInt(at, first).putShort(at + 4, second).putShort(at + 6, third).putLong(at + 8, Long.reverseBytes(rest));
    }

    private static ByteWindow window(byte[] bytes) {
        return new Bytes(bytes);
    }
}
