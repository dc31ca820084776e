package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.convert.RealGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/// `./godwit migrate` of a real Debian in every format that a package may have its disk in: the volume is that disk, and it is seen to boot.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FormatsE2E {
    private static final long MEGABYTE = 1 << 20;
    private static final Duration LIMIT = Duration.ofMinutes(12);
    private static final int PIECE = 64 << 20;

    /// How the disk lies in its package, and where.
    enum Form {
        // @formatter:off
        STREAM_OVA("vmdk", "subformat=streamOptimized", "disk.vmdk", Place.OVA),
        STREAM_FOLDER("vmdk", "subformat=streamOptimized", "disk.vmdk", Place.FOLDER),
        SPARSE_OVA("vmdk", "subformat=monolithicSparse", "disk.vmdk", Place.OVA),
        FLAT_FOLDER("vmdk", "subformat=monolithicFlat", "disk.vmdk", Place.FOLDER),
        SPLIT_SPARSE_FOLDER("vmdk", "subformat=twoGbMaxExtentSparse", "disk.vmdk", Place.FOLDER),
        SPLIT_FLAT_OVA("vmdk", "subformat=twoGbMaxExtentFlat", "disk.vmdk", Place.OVA),
        QCOW2_OVA("qcow2", "compat=1.1", "disk.qcow2", Place.OVA),
        VHD_OVA("vpc", "subformat=dynamic,force_size=on", "disk.vhd", Place.OVA),
        VHDX_FOLDER("vhdx", "subformat=dynamic", "disk.vhdx", Place.FOLDER),
        RAW_OVA("raw", "", "disk.raw", Place.OVA),
        GZIP_OVA("vmdk", "subformat=streamOptimized", "disk.vmdk", Place.OVA),
        PIECES_FOLDER("vmdk", "subformat=monolithicSparse", "disk.vmdk", Place.FOLDER);
        // @formatter:on

        private final String driver;
        private final String options;
        private final String file;
        private final Place place;

        Form(String driver, String options, String file, Place place) {
            this.driver = driver;
            this.options = options;
            this.file = file;
            this.place = place;
        }

        /// Larger than an extent may be, so that there are several.
        private long sizeBytes() {
            return name().startsWith("SPLIT") ? 4_800 * MEGABYTE : 1_200 * MEGABYTE;
        }
    }

    private enum Place {
        OVA, FOLDER
    }

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private String ovf = "";

    @BeforeAll
    void unpackTheGuest() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"),
                "takes a minute or two for each format: runs with -Dgodwit.soak=true (nightly, soak)");
        run("tar", "-C", folder.toString(), "-xf", RealGuest.ova("debian12").toString());
        ovf = Files.readString(folder.resolve("debian12.ovf"));
        run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", folder.resolve("debian12-disk1.vmdk").toString(), raw().toString());
        assertThat(raw()).hasSize(1_200 * MEGABYTE);
    }

    private static Path raw() {
        return folder.resolve("disk.raw");
    }

    @ParameterizedTest
    @EnumSource
    void arrivesAsItWasAndBoots(Form form) throws Exception {
        migrate(form, "--no-convert");
    }

    @ParameterizedTest
    @EnumSource(names = {"STREAM_OVA", "GZIP_OVA", "SPLIT_SPARSE_FOLDER"})
    void bootsConverted(Form form) throws Exception {
        migrate(form);
    }

    @Test
    void bootsFromAQcow2Volume() throws Exception {
        migrate(Form.STREAM_OVA, "--volume-format", "qcow2");
    }

    private void migrate(Form form, String... more) throws Exception {
        var began = Instant.now();
        var work = Files.createDirectory(folder.resolve(form.name().toLowerCase(Locale.ROOT) + more.length));
        boolean converted = !List.of(more).contains("--no-convert");
        // what is not converted ran on virtio before, and does so afterwards
        var hardware = converted ? ovf : ovf.replace(">lsilogic<", ">VirtioSCSI<").replace(">E1000<", ">virtio<");
        var source = pack(form, Files.createDirectory(work.resolve("package")), hardware);
        var before = Digests.sha256(disk(form));
        var packed = Duration.between(began, Instant.now());
        began = Instant.now();
        var words = new ArrayList<>(List.of("migrate", source.toString(), "--to", work.resolve("pool").toString(), "--require-boot-proof",
                "--data", work.resolve("data").toString(), "-o", "json"));
        words.addAll(List.of(more));
        var command = GodwitCommand.start(work, Map.of("GODWIT_MIGRATE_IDLE", "1s"), words.toArray(String[]::new));
        try {
            assertThat(command.exitStatus(LIMIT)).as(form + ": " + command.out() + command.err()).isZero();
        } finally {
            command.kill();
            SmokeWorker.killAllOf(work);
        }
        var took = Duration.between(began, Instant.now());
        var answer = new JsonMapper().readTree(command.out());
        assertThat(answer.path("phase").asString()).isEqualTo("Succeeded");
        var vm = answer.path("vms").get(0);
        assertThat(vm.path("disks")).singleElement().matches(disk -> disk.path("verified").asBoolean());
        if (!converted) { // what is converted is another disk
            assertThat(Digests.sha256(volume(work))).as(form.name()).isEqualTo(before);
        }
        assertThat(vm.at("/boot/verdict").asString()).as(form + ": " + vm.path("boot")).isEqualTo("booted");
        System.out.printf(Locale.ROOT, "FormatsE2E %-20s %-9s %4d s (packed in %d s), %s: %s%n", form,
                converted ? "converted" : "as it was",
                took.toSeconds(), packed.toSeconds(), vm.at("/boot/verdict").asString(), vm.at("/boot/evidence").asString());
        remove(work);
    }

    private static Path volume(Path work) throws IOException {
        try (var volumes = Files.list(work.resolve("pool/volumes"))) {
            return volumes.reduce((_, _) -> {
                throw new AssertionError("several volumes");
            }).orElseThrow();
        }
    }

    private static Path disk(Form form) throws Exception {
        if (form.sizeBytes() == 1_200 * MEGABYTE) {
            return raw();
        }
        var grown = folder.resolve("grown.raw");
        if (!Files.exists(grown)) {
            run("cp", "--sparse=always", raw().toString(), grown.toString());
            run("truncate", "-s", Long.toString(form.sizeBytes()), grown.toString());
        }
        return grown;
    }

    /// An `.ova`, or an `.ovf` with its files beside it; with the digests of all of them.
    private static Path pack(Form form, Path parts, String hardware) throws Exception {
        var command = new ArrayList<>(List.of("qemu-img", "convert", "-f", "raw", "-O", form.driver));
        if (!form.options.isEmpty()) {
            command.addAll(List.of("-o", form.options));
        }
        command.addAll(List.of(disk(form).toString(), parts.resolve(form.file).toString()));
        run(command.toArray(String[]::new));
        var attributes = "";
        var href = form.file;
        if (form == Form.GZIP_OVA) {
            run("gzip", "-1", parts.resolve(form.file).toString());
            href += ".gz";
            attributes = " ovf:compression=\"gzip\"";
        } else if (form == Form.PIECES_FOLDER) {
            run("split", "-b", Integer.toString(PIECE), "-d", "-a", "9", parts.resolve(form.file).toString(),
                    parts.resolve(form.file) + ".");
            Files.delete(parts.resolve(form.file));
            attributes = " ovf:chunkSize=\"" + PIECE + "\"";
        }
        var text = hardware.replaceFirst("ovf:href=\"[^\"]*\"", "ovf:href=\"" + href + "\"" + attributes)
                .replaceFirst(" ovf:size=\"\\d+\"", "")
                .replaceFirst("ovf:capacity=\"\\d+\"", "ovf:capacity=\"" + form.sizeBytes() / MEGABYTE + "\"")
                .replaceFirst(" ovf:populatedSize=\"\\d+\"", "")
                .replaceFirst(" ovf:format=\"[^\"]*\"", ""); // the file's name tells it
        assertThat(text).contains("\"" + href + "\"");
        Files.writeString(parts.resolve("guest.ovf"), text);
        manifest(parts);
        if (form.place == Place.FOLDER) {
            return parts.resolve("guest.ovf");
        }
        var ova = parts.resolveSibling("guest.ova");
        var tar = new ArrayList<>(List.of("tar", "--format=ustar", "-C", parts.toString(), "-cf", ova.toString(), "guest.ovf"));
        names(parts).stream().filter(each -> !each.equals("guest.ovf")).forEach(tar::add);
        run(tar.toArray(String[]::new));
        remove(parts);
        return ova;
    }

    private static void manifest(Path parts) throws IOException {
        var lines = new StringBuilder();
        for (var each : names(parts)) {
            lines.append("SHA256(").append(each).append(")= ").append(Digests.sha256(parts.resolve(each))).append('\n');
        }
        Files.writeString(parts.resolve("guest.mf"), lines);
    }

    private static List<String> names(Path parts) throws IOException {
        try (var files = Files.list(parts)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    private static void remove(Path tree) throws Exception {
        run("rm", "-rf", "--one-file-system", tree.toString());
    }

    private static void run(String... words) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).as(Arrays.toString(words)).isZero();
    }
}
