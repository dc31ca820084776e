package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.provider.ova.fixture.StreamOptimizedVmdk;
import io.godwit.provider.ova.fixture.TarFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// A running server over a folder of OVAs that somebody made to hurt it.
class HostileOvaE2E {
    private static final int OVAS = 200;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime());
    private static final SeededDisk DISK = new SeededDisk(7, 1 << 17);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    @Test
    void theServerAnswersEachWithAFaultAndStaysUp() throws IOException {
        System.out.println("HostileOvaE2E seed " + SEED);
        var exports = Files.createDirectories(folder.resolve("exports"));
        var pool = Files.createDirectories(folder.resolve("pool"));
        healthy("good").write(exports.resolve("good.ova"));
        var random = new Random(SEED);
        for (int i = 0; i < OVAS; i++) {
            write(exports, "bad-" + i, i, random);
        }
        try (var server = SmokeServer.start(folder)) {
            Pipeline.register(server, exports, pool);
            for (int look = 0; look < 2; look++) {
                var began = Instant.now();
                var found = server.rest().get("/providers/exports/inventory?refresh=true").requireStatus(200).body();
                assertThat(Duration.between(began, Instant.now())).as("look " + look).isLessThan(LIMIT);
                assertThat(found.path("vms")).as("vms of seed " + SEED).singleElement()
                        .satisfies(vm -> assertThat(vm.path("name").asString()).isEqualTo("good"));
                var faults = new TreeMap<String, String>();
                found.path("unreadable").forEach(each -> faults.put(each.path("location").asString(), each.at("/fault/code").asString()));
                assertThat(faults).as("seed " + SEED).hasSize(OVAS).allSatisfy((_, code) -> assertThat(code).startsWith("OVA_"));
                assertThat(faults.values().stream().distinct()).as("kinds of faults").hasSizeGreaterThan(5);
            }
            server.rest().get("/plans").requireStatus(200);
        } finally {
            SmokeWorker.killAllOf(folder);
        }
    }

    /// Nothing of the inventory looks behind the headers of an image: there tools of a worker are the first. Each harms its own migration and nothing else.
    @Test
    void imagesThatOnlyAWorkerSeesThroughFailAlone() throws IOException {
        var own = Files.createDirectories(folder.resolve("tables"));
        var exports = Files.createDirectories(own.resolve("exports"));
        healthy("good").write(exports.resolve("good.ova"));
        var kinds = new LinkedHashMap<String, Consumer<ByteBuffer>>();
        kinds.put("directory", image -> image.putLong(footer(image) + 56, image.capacity())); // in sectors: far behind the end
        kinds.put("table", image -> image.putInt(directory(image), image.capacity()));
        kinds.put("grains", image -> {
            for (int entry = 0; entry < 2; entry++) {
                image.putInt(image.getInt(directory(image)) * 512 + entry * 4, image.capacity());
            }
        });
        kinds.put("packed", image -> {
            var grain = image.getInt(image.getInt(directory(image)) * 512) * 512;
            image.put(grain + 12, "this is nothing that zlib made".getBytes(StandardCharsets.US_ASCII));
        });
        for (var kind : kinds.entrySet()) {
            var image = vmdk();
            kind.getValue().accept(ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN));
            OvaFixture.ovftool(kind.getKey()).disk(image, DISK.sizeBytes()).nic("VM Network", "VmxNet3", "")
                    .write(exports.resolve(kind.getKey() + ".ova"));
        }
        try (var server = SmokeServer.start(own)) {
            var pipeline = Pipeline.register(server, exports, Files.createDirectories(own.resolve("pool")));
            var migrations = new LinkedHashMap<String, String>();
            for (var kind : kinds.keySet()) {
                migrations.put(kind, pipeline.start(pipeline.plan(kind, kind, Map.of("skipGuestConversion", true))));
            }
            pipeline.awaitSuccess(pipeline.start(pipeline.plan("good", "good", Map.of("skipGuestConversion", true))));
            migrations.forEach((kind, migration) -> {
                await(kind).atMost(180, SECONDS).until(() -> !pipeline.vm(migration).at("/fault/code").asString("").isEmpty());
                var view = pipeline.vm(migration);
                assertThat(view.at("/fault/code").asString()).as("%s: %s", kind, view) // QEMU hangs up where it cannot unpack
                        .isIn(kind.equals("packed")
                                ? List.of("NBD_CLOSED", "NBD_READ_FAILED", "NBD_READ_REFUSED")
                                : List.of("IMAGE_DAMAGED"));
                pipeline.cancel(migration);
            });
            migrations.values()
                    .forEach(migration -> assertThat(pipeline.awaitEnd(migration).path("phase").asString()).isEqualTo("Canceled"));
            server.rest().get("/plans").requireStatus(200);
        } finally {
            SmokeWorker.killAllOf(own);
        }
    }

    private static byte[] vmdk() throws IOException {
        var out = new ByteArrayOutputStream();
        try (var raw = DISK.open()) {
            StreamOptimizedVmdk.write(raw, DISK.sizeBytes(), out);
        }
        return out.toByteArray();
    }

    private static int footer(ByteBuffer image) {
        return image.capacity() - 1_024;
    }

    private static int directory(ByteBuffer image) {
        return (int) image.getLong(footer(image) + 56) * 512;
    }

    private static OvaFixture healthy(String name) {
        return OvaFixture.ovftool(name).disk(DISK).nic("VM Network", "VmxNet3", "");
    }

    /// One that no reader may take for a VM, in one of eight ways.
    private static void write(Path exports, String name, int kind, Random random) throws IOException {
        var ova = exports.resolve(name + ".ova");
        switch (kind % 8) {
            case 0 -> Files.write(ova, noise(random, 1 + random.nextInt(20_000)));
            case 1 -> {
                healthy(name).write(ova);
                Files.write(ova, Arrays.copyOf(Files.readAllBytes(ova), 512 + random.nextInt(40_000)));
            }
            case 2 -> { // a header whose checksum is wrong
                var bytes = Files.readAllBytes(healthy(name).write(ova));
                bytes[random.nextInt(100)] ^= (byte) (1 + random.nextInt(255));
                Files.write(ova, bytes);
            }
            case 3 -> { // a size of a member that lies, under a right checksum
                var bytes = Files.readAllBytes(healthy(name).write(ova));
                var header = Arrays.copyOf(bytes, 512);
                var size = "%011o".formatted((1L << 30) + random.nextInt(1 << 30));
                System.arraycopy(size.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, header, 124, 11);
                System.arraycopy(TarFixture.sealed(header), 0, bytes, 0, 512);
                Files.write(ova, bytes);
            }
            case 4 -> { // a byte of the OVF, which the manifest tells
                var bytes = Files.readAllBytes(healthy(name).write(ova));
                bytes[512 + random.nextInt(1_000)] ^= (byte) (1 + random.nextInt(255));
                Files.write(ova, bytes);
            }
            case 5 -> healthy(name).editOvf(ovf -> ovf.replace("href=\"" + name + "-disk1.vmdk\"",
                    "href=\"" + "../".repeat(1 + random.nextInt(9)) + "etc/shadow\"")).write(ova);
            case 6 -> healthy(name).editOvf(ovf -> ovf.replace("<Envelope ", bomb(2 + random.nextInt(9)) + "<Envelope ")
                    .replace("<Name>" + name + "<", "<Name>&e1;<")).write(ova);
            default -> healthy(name).editOvf(ovf -> "<a>".repeat(1 + random.nextInt(200_000))).write(ova);
        }
    }

    /// Entities that grow tenfold with each level.
    private static String bomb(int levels) {
        var text = new StringBuilder("<!DOCTYPE Envelope [<!ENTITY e0 \"aaaaaaaaaa\">");
        for (int i = 1; i <= levels; i++) {
            text.append("<!ENTITY e").append(i).append(" \"").append(("&e" + (i - 1) + ";").repeat(10)).append("\">");
        }
        return text.append("]>").toString();
    }

    private static byte[] noise(Random random, int bytes) {
        var noise = new byte[bytes];
        random.nextBytes(noise);
        return noise;
    }
}
