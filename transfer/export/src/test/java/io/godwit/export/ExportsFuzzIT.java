package io.godwit.export;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.blockio.RetrySettings;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Real images, damaged in their headers and in the tables behind them, opened by the real QEMU as a worker opens them, and read to their ends: bytes or a
/// fault, in time, no process left behind, and never a byte of another file, whatever names it. Each seed is one image.
class ExportsFuzzIT {
    private static final long FIRST_SEED = Long.getLong("godwit.seed", System.nanoTime());
    private static final int SEEDS = Boolean.getBoolean("godwit.soak") ? 1_000 : 60;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int DISK = 3 << 20;
    private static final int CHUNK = 256 << 10;
    private static final int MOST_FAULTS = 6;
    private static final long MOST_READ = 8 << 20;
    private static final NbdSettings SETTINGS = new NbdSettings(1, 4, 64 << 10, Duration.ofSeconds(10)).retry(RetrySettings.OFF);

    /// Images as qemu-img makes them.
    enum Image {
        VMDK_SPARSE(DiskFormat.VMDK, "vmdk", "subformat=monolithicSparse"), VMDK_STREAM(DiskFormat.VMDK, "vmdk",
                "subformat=streamOptimized"), QCOW2(DiskFormat.QCOW2, "qcow2", "compat=1.1"), VHD(DiskFormat.VHD, "vpc",
                        "subformat=dynamic,force_size=on"), VHDX(DiskFormat.VHDX, "vhdx", "subformat=dynamic");

        private final DiskFormat format;
        private final String driver;
        private final String options;

        Image(DiskFormat format, String driver, String options) {
            this.format = format;
            this.driver = driver;
            this.options = options;
        }
    }

    /// A run of bytes of an image in which something stands that leads somewhere.
    private record Table(int from, int length, int entryBytes, ByteOrder order) {}

    @TempDir
    private Path folder;
    private String canary = "";
    private Supervisor supervisor;
    private Exports exports;
    private int read;
    private int refused;

    @BeforeEach
    void start() throws IOException {
        supervisor = new Supervisor(folder.resolve("tmp"));
        exports = new Exports(supervisor, Files.createDirectories(folder.resolve("run")), folder, _ -> null);
        var name = new byte[16];
        new Random(FIRST_SEED).nextBytes(name);
        canary = HexFormat.of().formatHex(name);
        Files.writeString(folder.resolve("canary"), canary.repeat(DISK / canary.length()));
        var disk = new byte[DISK];
        new Random(9).nextBytes(disk);
        java.util.Arrays.fill(disk, 1 << 20, 2 << 20, (byte) 0);
        Files.write(folder.resolve("disk.raw"), disk);
    }

    @AfterEach
    void stop() {
        exports.close();
        supervisor.close();
    }

    @ParameterizedTest
    @EnumSource(Image.class)
    void isBytesOrAFault(Image image) throws Exception {
        System.out.println("ExportsFuzzIT " + image + " seeds " + FIRST_SEED + " to " + (FIRST_SEED + SEEDS - 1));
        var made = folder.resolve("image");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", image.driver, "-o", image.options,
                folder.resolve("disk.raw").toString(), made.toString()));
        var whole = Files.readAllBytes(made);
        var tables = tables(image, whole);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
                var random = new Random(seed);
                Files.write(made, damaged(whole, tables, random));
                var one = threads.submit(() -> {
                    look(made, image.format, random);
                    return true;
                });
                try {
                    one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    throw new AssertionError("replay with -Dgodwit.seed=" + seed, e.getCause());
                } catch (java.util.concurrent.TimeoutException e) {
                    supervisor.close(); // whoever hangs on a child goes on
                    throw new AssertionError("no answer in " + LIMIT + ": replay with -Dgodwit.seed=" + seed, e);
                }
                assertThat(Servers.of(folder)).as("left by seed " + seed).isEmpty();
            }
        }
        assertThat(folder.resolve("run")).isDirectoryNotContaining(path -> !Files.isDirectory(path));
        assertThat(read).as("images that could be read").isPositive();
        assertThat(refused).as("images that were refused").isPositive();
    }

    /// All of it, or where it says that it is huge, its start, its end and places between.
    private void look(Path image, DiskFormat format, Random random) {
        try (var export = exports.open(new ExportSpec.Format(new ExportSpec.File(image.toString(), null), format))) {
            var faults = 0;
            for (var at : places(size(export), random)) {
                if (faults < MOST_FAULTS && !readAt(export, at)) {
                    faults++;
                }
            }
            read++;
        } catch (FaultException e) {
            assertThat(e.fault().code()).isNotBlank();
            assertThat(e.fault().what() + e.fault().why()).doesNotContain(canary);
            refused++;
        }
    }

    private static long size(Export export) {
        try (var source = NbdSource.open(export.uri(), SETTINGS)) {
            return source.sizeBytes();
        }
    }

    private static List<Long> places(long size, Random random) {
        var places = new ArrayList<Long>();
        for (long at = 0; at < Math.min(size, MOST_READ); at += CHUNK) {
            places.add(at);
        }
        if (size > MOST_READ) {
            places.add((size - CHUNK) / 512 * 512);
            for (int i = 0; i < 8; i++) {
                places.add(random.nextLong(size - CHUNK) / 512 * 512);
            }
        }
        return places;
    }

    /// @return whether there were bytes
    private boolean readAt(Export export, long at) {
        try (var source = NbdSource.open(export.uri(), SETTINGS)) {
            var bytes = source.read(at, (int) Math.min(CHUNK, source.sizeBytes() - at));
            assertThat(ISO_8859_1.decode(bytes).toString().contains(canary)).as("a byte of another file at " + at).isFalse();
            return true;
        } catch (FaultException e) {
            assertThat(e.fault().code()).isNotBlank();
            return false;
        }
    }

    /// One to six changes: most of them entries of tables, which are made to lead to what is interesting.
    private byte[] damaged(byte[] whole, List<Table> tables, Random random) {
        var bytes = whole.clone();
        for (var left = 1 + random.nextInt(6); left > 0; left--) {
            var table = tables.get(random.nextInt(tables.size()));
            switch (random.nextInt(10)) {
                case 0 -> bytes[table.from() + random.nextInt(table.length())] = (byte) random.nextInt();
                case 1 -> name(bytes, table.from() + random.nextInt(table.length()));
                case 2 -> {
                    var from = table.from() + random.nextInt(table.length());
                    var noise = new byte[Math.min(1 + random.nextInt(64), bytes.length - from)];
                    random.nextBytes(noise);
                    System.arraycopy(noise, 0, bytes, from, noise.length);
                }
                default -> {
                    var entry = table.from() + random.nextInt(table.length() / table.entryBytes()) * table.entryBytes();
                    var buffer = ByteBuffer.wrap(bytes).order(table.order());
                    if (table.entryBytes() == 4) {
                        buffer.putInt(entry, (int) interesting(bytes.length, table, random));
                    } else {
                        buffer.putLong(entry, interesting(bytes.length, table, random));
                    }
                }
            }
        }
        return random.nextInt(8) == 0 ? java.util.Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length)) : bytes;
    }

    private static long interesting(int size, Table table, Random random) {
        var value = switch (random.nextInt(9)) {
            case 0 -> 0L;
            case 1 -> -1L;
            case 2 -> table.from();
            case 3 -> size;
            case 4 -> size - 1L;
            case 5 -> Long.MAX_VALUE >>> random.nextInt(40);
            case 6 -> 1L << random.nextInt(63);
            case 7 -> random.nextInt(size);
            default -> random.nextLong();
        };
        var inSectors = random.nextInt(3) == 0 ? value / 512 : value;
        return random.nextInt(4) == 0 ? inSectors | (3L << 62) : inSectors; // flags of qcow2: compressed, copied
    }

    /// Words that make tools open another file, where they are taken for such.
    private void name(byte[] bytes, int at) {
        var words = ("\nRW 6144 FLAT \"" + folder.resolve("canary") + "\" 0\nparentFileNameHint=\"" + folder.resolve("canary") + "\"\n")
                .getBytes(US_ASCII);
        System.arraycopy(words, 0, bytes, at, Math.min(words.length, bytes.length - at));
    }

    /// By the specifications of the formats, from the headers of the whole image.
    private static List<Table> tables(Image image, byte[] whole) {
        var little = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        var big = ByteBuffer.wrap(whole).order(ByteOrder.BIG_ENDIAN);
        var tables = new ArrayList<Table>();
        switch (image) {
            case VMDK_SPARSE -> {
                tables.add(new Table(0, 80, 8, ByteOrder.LITTLE_ENDIAN));
                tables.add(new Table((int) little.getLong(28) * 512, 1_024, 4, ByteOrder.LITTLE_ENDIAN));
                for (var directory : new int[]{48, 56}) { // the redundant one, and that which is used
                    var at = (int) little.getLong(directory) * 512;
                    tables.add(new Table(at, 16, 4, ByteOrder.LITTLE_ENDIAN));
                    tables.add(new Table(little.getInt(at) * 512, 256, 4, ByteOrder.LITTLE_ENDIAN));
                }
            }
            case VMDK_STREAM -> {
                tables.add(new Table(0, 80, 8, ByteOrder.LITTLE_ENDIAN));
                tables.add(new Table(512, 1_024, 4, ByteOrder.LITTLE_ENDIAN));
                tables.add(new Table((int) little.getLong(64) * 512, 64, 4, ByteOrder.LITTLE_ENDIAN)); // a grain's marker
                tables.add(new Table(whole.length - 4_096, 4_096, 4, ByteOrder.LITTLE_ENDIAN)); // grain tables, footer, end
            }
            case QCOW2 -> {
                var levelOne = (int) big.getLong(40);
                tables.add(new Table(0, 112, 4, ByteOrder.BIG_ENDIAN));
                tables.add(new Table(levelOne, 8, 8, ByteOrder.BIG_ENDIAN));
                tables.add(new Table((int) (big.getLong(levelOne) & 0xff_ffff_fe00L), 48 * 8, 8, ByteOrder.BIG_ENDIAN));
                tables.add(new Table((int) big.getLong(48), 8, 8, ByteOrder.BIG_ENDIAN)); // references
            }
            case VHD -> {
                tables.add(new Table(0, 84, 4, ByteOrder.BIG_ENDIAN));
                tables.add(new Table(512, 1_024, 4, ByteOrder.BIG_ENDIAN));
                tables.add(new Table((int) big.getLong(512 + 16), 16, 4, ByteOrder.BIG_ENDIAN));
                tables.add(new Table(whole.length - 512, 84, 4, ByteOrder.BIG_ENDIAN));
            }
            case VHDX -> {
                tables.add(new Table(64 << 10, 80, 8, ByteOrder.LITTLE_ENDIAN));
                tables.add(new Table(192 << 10, 80, 8, ByteOrder.LITTLE_ENDIAN));
                for (var region = (192 << 10) + 16; region < (192 << 10) + 80; region += 32) { // block allocation table, metadata
                    tables.add(new Table((int) little.getLong(region + 16), 256, 8, ByteOrder.LITTLE_ENDIAN));
                }
                tables.add(new Table((int) little.getLong((192 << 10) + 16 + 32 + 16) + (64 << 10), 64, 4, ByteOrder.LITTLE_ENDIAN)); // items
            }
        }
        return tables;
    }
}
