package io.godwit.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.DiskFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// QEMU would read zeroes behind the end of an image, and a migration would end well with a disk of nothing.
class ImageTablesTest {
    private static final int SECTOR = 512;
    private static final int DIRECTORY = 1100 * SECTOR;
    private static final int TABLE = 1200 * SECTOR;

    @Test
    void refusesAVmdkWhoseTablesOrGrainsLieBehindItsEnd() {
        vmdk(image -> {
        }, true);
        for (long directory : new long[]{0, -2, 2048, 1L << 40, Long.MAX_VALUE}) {
            refused(DiskFormat.VMDK, vmdk(), image -> image.putLong(56, directory), "directory", false);
        }
        for (int table : new int[]{2045, 2048, Integer.MAX_VALUE, -1}) {
            refused(DiskFormat.VMDK, vmdk(), image -> image.putInt(DIRECTORY, table), "table 0", false);
        }
        for (int grain : new int[]{2048, Integer.MAX_VALUE, -1}) {
            refused(DiskFormat.VMDK, vmdk(), image -> image.putInt(TABLE + 511 * 4, grain), "a grain at sector", true);
        }
        for (var sizes : List.of(new int[]{0, 512}, new int[]{-1, 512}, new int[]{128, 0}, new int[]{128, 513}, new int[]{1 << 22, 1})) {
            refused(DiskFormat.VMDK, vmdk(), image -> image.putLong(20, sizes[0]).putInt(44, sizes[1]), "grains", false);
        }
        vmdk(image -> image.putInt(DIRECTORY, 2044), false);
        vmdk(image -> image.putInt(TABLE, 1).putInt(TABLE + 4, 2047), true); // of zeroes; the last sector
        refused(DiskFormat.VMDK, vmdk(), image -> image.putInt(TABLE, -1), "a grain at sector", false);
    }

    @Test
    void readsTheDirectoryOfAStreamByItsFooter() {
        var stream = vmdk();
        var bytes = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(stream.length - 2 * SECTOR, stream, 0, SECTOR).putLong(56, -1);
        ImageTables.requireInside(new Bytes(stream), DiskFormat.VMDK, true);
        refused(DiskFormat.VMDK, stream, image -> image.putLong(stream.length - 2 * SECTOR + 56, 4_000), "directory", false);
        refused(DiskFormat.VMDK, stream, image -> image.putInt(stream.length - 2 * SECTOR, 0), "grains", false);
        refused(DiskFormat.VMDK, stream, image -> image.putInt(TABLE, 2048), "a grain at sector", true);
        bytes.putInt(TABLE, 2048);
        ImageTables.requireInside(new Bytes(stream), DiskFormat.VMDK, false); // where the table is, the grains before it are
    }

    @Test
    void refusesAQcow2WhoseTablesOrClustersLieBehindItsEnd() {
        qcow2(image -> {
        }, true);
        refused(DiskFormat.QCOW2, qcow2(), image -> image.putLong(40, 1L << 50), "it has only", true);
        refused(DiskFormat.QCOW2, qcow2(), image -> image.putLong(40, -8), "it has only", true);
        refused(DiskFormat.QCOW2, qcow2(), image -> image.putInt(36, 1 << 20), "it has only", true);
        refused(DiskFormat.QCOW2, qcow2(), image -> image.putLong(64 << 10, 1L << 40), "it has only", true);
        for (long cluster : new long[]{256 << 10, 1L << 40, (1L << 63) | (1L << 30), (1L << 62) | (1L << 30)}) {
            refused(DiskFormat.QCOW2, qcow2(), image -> image.putLong((128 << 10) + 8, cluster), "a cluster at byte", true);
            refused(DiskFormat.QCOW2, qcow2(), image -> image.putLong((128 << 10) + 8, cluster), "a cluster at byte", false);
        }
        qcow2(image -> image.putLong((128 << 10) + 8, (1L << 40) | 1), true); // all zeroes, whatever is there
        qcow2(image -> image.putLong((128 << 10) + 8, (1L << 63) | (192 << 10)), true);
        qcow2(image -> image.putLong((128 << 10) + 8, (1L << 62) | (3L << 54) | 70_001), true); // compressed, of several sectors
        qcow2(image -> image.putLong(72, 0x10).putLong((128 << 10) + 8, -1), true); // which parts of a cluster are there
    }

    @Test
    void readsTablesOfAnImageFarAwayInFewRoundTrips() {
        int tables = 1024;
        var vmdk = new byte[4 << 20]; // its tables one behind the other
        var grains = ByteBuffer.wrap(vmdk).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x564d444b).putLong(12, 512L * 128 * tables)
                .putLong(20, 128).putInt(44, 512).putLong(56, 1);
        for (int table = 0; table < tables; table++) {
            grains.putInt(SECTOR + 4 * table, 16 + 4 * table);
        }
        var reads = new Reads(vmdk);
        ImageTables.requireInside(reads, DiskFormat.VMDK, false);
        assertThat(reads.count).isLessThan(20);
        grains.putInt((16 + 4 * (tables - 1)) * SECTOR + 511 * 4, 1 << 20);
        assertThatThrownBy(() -> ImageTables.requireInside(new Bytes(vmdk), DiskFormat.VMDK, false)).hasMessageContaining("a grain at");
    }

    /// Each of them at another place: what that costs is bounded.
    @Test
    void endsWhereTablesFarAwayAreTooMany() {
        var image = new byte[40 << 20];
        System.arraycopy(qcow2(), 0, image, 0, 256 << 10);
        var bytes = ByteBuffer.wrap(image).putInt(20, 9).putLong(40, 1 << 20).putInt(36, 30_000);
        for (int table = 0; table < 30_000; table++) {
            bytes.putLong((1 << 20) + table * 8, (2 << 20) + 1024L * table);
        }
        var reads = new Reads(image);
        ImageTables.requireInside(reads, DiskFormat.QCOW2, false);
        assertThat(reads.count).isBetween(2048, 2200);
    }

    /// One table that a directory leads to from everywhere.
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void getsLostInNoTable() {
        var image = new byte[40 << 20];
        System.arraycopy(qcow2(), 0, image, 0, 256 << 10);
        var bytes = ByteBuffer.wrap(image).putInt(20, 21).putLong(40, 4 << 20).putInt(36, 4 << 20);
        for (int entry = 0; entry < 4 << 20; entry++) {
            bytes.putLong((4 << 20) + entry * 8, 2 << 20);
        }
        ImageTables.requireInside(new Bytes(image), DiskFormat.QCOW2, true);
    }

    private static final class Reads implements ByteWindow {
        private final ByteWindow bytes;
        private int count;

        Reads(byte[] bytes) {
            this.bytes = new Bytes(bytes);
        }

        @Override
        public long length() {
            return bytes.length();
        }

        @Override
        public String what() {
            return bytes.what();
        }

        @Override
        public ByteBuffer read(long offset, int length) {
            count++;
            return bytes.read(offset, length);
        }
    }

    private static void vmdk(Consumer<ByteBuffer> change, boolean near) {
        var image = vmdk();
        change.accept(ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN));
        ImageTables.requireInside(new Bytes(image), DiskFormat.VMDK, near);
    }

    private static void qcow2(Consumer<ByteBuffer> change, boolean near) {
        var image = qcow2();
        change.accept(ByteBuffer.wrap(image));
        ImageTables.requireInside(new Bytes(image), DiskFormat.QCOW2, near);
    }

    private static void refused(DiskFormat format, byte[] image, Consumer<ByteBuffer> change, String why, boolean near) {
        var changed = image.clone();
        change.accept(ByteBuffer.wrap(changed).order(format == DiskFormat.VMDK ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN));
        assertThatThrownBy(() -> ImageTables.requireInside(new Bytes(changed), format, near)).hasMessageContaining("IMAGE_")
                .hasMessageContaining(why);
    }

    /// Of 2,048 sectors; a directory of one table.
    private static byte[] vmdk() {
        var image = new byte[1 << 20];
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x564d444b).putLong(12, 2048).putLong(20, 128).putInt(44, 512)
                .putLong(56, DIRECTORY / SECTOR).putInt(DIRECTORY, TABLE / SECTOR);
        return image;
    }

    /// Of four clusters: header, level 1, level 2, data.
    private static byte[] qcow2() {
        var image = new byte[256 << 10];
        ByteBuffer.wrap(image).putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, 1 << 20).putInt(36, 1).putLong(40, 64 << 10)
                .putInt(100, 104).putLong(64 << 10, (1L << 63) | (128 << 10));
        return image;
    }
}
