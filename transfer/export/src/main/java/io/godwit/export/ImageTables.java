package io.godwit.export;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Whether the tables of an image, and the data that they lead to, begin inside of it. Behind the end of a file QEMU reads zeroes: of an image that was cut short
/// it would make a disk with holes, without a word. VHD and VHDX it refuses itself.
final class ImageTables {
    private static final int SECTOR = 512;
    private static final int VMDK_MAGIC = 0x564d444b;
    private static final long VMDK_DIRECTORY_AT_END = -1;
    private static final long MOST_TABLES = 1 << 25; // as QEMU
    private static final long MOST_LOOKED_AT = 1 << 30; // bytes of tables: those of a disk of many TiB
    private static final int MOST_ROUND_TRIPS = 2048; // a minute or two; in clusters of 64 KiB a qcow2 of 1 TiB
    private static final int AHEAD = 256 << 10;
    private static final long QCOW2_OFFSET = 0x00ff_ffff_ffff_fe00L;
    private static final long QCOW2_COMPRESSED = 1L << 62;
    private static final long QCOW2_ZERO = 1;

    private final ByteWindow image;
    private final boolean near;
    private long lookedAt;
    private int roundTrips; // of an image far away
    private ByteBuffer ahead = ByteBuffer.allocate(0);
    private long aheadAt;

    private ImageTables(ByteWindow image, boolean near) {
        this.image = image;
        this.near = near;
    }

    /// @param near whether a read costs little: else at most so many as take a minute or two, and none of a stream's tables, each of which lies
    ///         behind what it leads to
    /// @throws FaultException `IMAGE_DAMAGED`, `IMAGE_TRUNCATED`
    static void requireInside(ByteWindow image, DiskFormat format, boolean near) {
        var tables = new ImageTables(image, near);
        switch (format) {
            case VMDK -> tables.requireVmdk();
            case QCOW2 -> tables.requireQcow2();
            case RAW, VHD, VHDX -> {
                // nothing that QEMU does not see
            }
        }
    }

    private void requireVmdk() {
        var start = image.read(0, SECTOR);
        var stream = start.getLong(56) == VMDK_DIRECTORY_AT_END;
        var header = stream ? image.read(image.length() - 2 * SECTOR, SECTOR) : start;
        long sectors = image.length() / SECTOR;
        long grain = header.getLong(20);
        int entries = header.getInt(44);
        long at = header.getLong(56);
        if (header.getInt(0) != VMDK_MAGIC || grain < 1 || grain > 1 << 21 || entries < 1 || entries > SECTOR || header.getLong(12) < 1) {
            throw damaged("its grains are " + grain + " sectors, " + entries + " of them in a table");
        }
        long tables = Math.ceilDiv(header.getLong(12), grain * entries);
        if (tables > MOST_TABLES || at < 1 || at > sectors - Math.ceilDiv(tables * Integer.BYTES, SECTOR)) {
            throw damaged("its grain directory of " + tables + " tables at sector " + at + " lies outside of its " + sectors + " sectors");
        }
        for (int first = 0; first < tables; first += SECTOR) {
            int count = (int) Math.min(SECTOR, tables - first);
            var directory = image.read(at * SECTOR + (long) first * Integer.BYTES, count * Integer.BYTES);
            for (int i = 0; i < count; i++) {
                long table = Integer.toUnsignedLong(directory.getInt(i * Integer.BYTES));
                if (table > sectors - Math.ceilDiv(entries * Integer.BYTES, SECTOR)) {
                    throw damaged(
                            "its grain table " + (first + i) + " at sector " + table + " lies outside of its " + sectors + " sectors");
                }
                if (table > 0 && (near || !stream) && mayLookAt(entries * Integer.BYTES)) {
                    requireGrains(table(table * SECTOR, entries * Integer.BYTES), sectors);
                }
            }
        }
    }

    private void requireGrains(ByteBuffer table, long sectors) {
        while (table.hasRemaining()) {
            long grain = Integer.toUnsignedLong(table.getInt());
            if (grain >= sectors) {
                throw damaged("it has a grain at sector " + grain + ", and only " + sectors + " sectors");
            }
        }
    }

    /// By docs/interop/qcow2.txt of QEMU.
    private void requireQcow2() {
        var header = image.read(0, 104).order(ByteOrder.BIG_ENDIAN);
        int clusterBits = header.getInt(20);
        long tables = Integer.toUnsignedLong(header.getInt(36));
        long at = header.getLong(40);
        if (clusterBits < 9 || clusterBits > 21 || tables > MOST_TABLES) {
            throw damaged("its clusters are 2^" + clusterBits + " bytes, in " + tables + " tables");
        }
        image.requireInside(at, tables * Long.BYTES);
        var extended = header.getInt(4) >= 3 && (header.getLong(72) & 0x10) != 0; // two words for each cluster
        for (long first = 0; first < tables; first += SECTOR) {
            int count = (int) Math.min(SECTOR, tables - first);
            if (!mayLookAt(count * Long.BYTES)) {
                return;
            }
            var level1 = image.read(at + first * Long.BYTES, count * Long.BYTES).order(ByteOrder.BIG_ENDIAN);
            while (level1.hasRemaining()) {
                long level2 = level1.getLong() & QCOW2_OFFSET;
                if (level2 > 0 && mayLookAt(1 << clusterBits)) {
                    image.requireInside(level2, 1L << clusterBits);
                    requireClusters(table(level2, 1 << clusterBits).order(ByteOrder.BIG_ENDIAN), clusterBits, extended);
                }
            }
        }
    }

    private void requireClusters(ByteBuffer table, int clusterBits, boolean extended) {
        long compressedOffset = (1L << (62 - (clusterBits - 8))) - 1;
        for (int i = 0; i < table.limit(); i += extended ? 2 * Long.BYTES : Long.BYTES) {
            long entry = table.getLong(i);
            boolean compressed = (entry & QCOW2_COMPRESSED) != 0;
            boolean zero = !compressed && !extended && (entry & QCOW2_ZERO) != 0;
            long offset = entry & (compressed ? compressedOffset : QCOW2_OFFSET);
            if (!zero && offset >= image.length()) {
                throw damaged("it has a cluster at byte " + offset + ", and only " + image.length() + " bytes");
            }
        }
    }

    /// A hostile image may have any number of tables, or one many times.
    private boolean mayLookAt(int bytes) {
        lookedAt += bytes;
        return lookedAt <= MOST_LOOKED_AT && roundTrips < MOST_ROUND_TRIPS;
    }

    /// Of an image far away, what follows is read too where one table follows another.
    private ByteBuffer table(long at, int bytes) {
        if (near) {
            return image.read(at, bytes);
        }
        long end = aheadAt + ahead.limit();
        if (at < aheadAt || at + bytes > end) {
            image.requireInside(at, bytes);
            long count = at == end ? Math.min(AHEAD, image.length() - at) : bytes;
            ahead = image.read(at, (int) Math.max(bytes, count));
            aheadAt = at;
            roundTrips++;
        }
        return ahead.slice((int) (at - aheadAt), bytes).order(ahead.order());
    }

    private FaultException damaged(String why) {
        return new FaultException(ExportFault.IMAGE_DAMAGED, "the image " + image.what() + " was refused", why);
    }
}
