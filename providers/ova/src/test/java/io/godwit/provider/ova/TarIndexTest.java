package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.godwit.provider.ova.fixture.TarFixture;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarIndexTest {
    @TempDir
    private Path folder;

    @Test
    void findsWhereEachFileLies() throws IOException {
        assertThat(index(tar -> tar.file("a", new byte[1]).header("sub/", '5', 0).file("sub/b", new byte[512]).file("c", new byte[0])
                .file("d", new byte[513]).end()).members()).containsExactly(new TarMember("a", 512, 1), new TarMember("sub/b", 2_048, 512),
                        new TarMember("c", 3_072, 0), new TarMember("d", 3_584, 513));
    }

    @Test
    void readsLongNamesOfGnuAndPax() throws IOException {
        var name = "folder/".repeat(40) + "disk-ü.vmdk";
        for (var tar : new TarFixture.Content[]{tar -> tar.extended('L', (name + "\0").getBytes(UTF_8)).file("short", new byte[3]).end(),
                tar -> tar.extended('x', TarFixture.pax("path", name)).file("short", new byte[3]).file("next", new byte[3]).end()}) {
            assertThat(index(tar).members().getFirst()).isEqualTo(new TarMember(name, index(tar).members().getFirst().offset(), 3));
        }
    }

    @Test
    void readsTheSizeOfPaxAndIgnoresTheRest() throws IOException {
        assertThat(index(tar -> tar.extended('g', TarFixture.pax("comment", "none")).extended('x', TarFixture.pax("mtime", "1.5"))
                .extended('x', TarFixture.pax("size", "1000")).header("a", '0', 0).raw(new byte[1_024]).file("b", new byte[1]).end())
                .members())
                .extracting(TarMember::name, TarMember::sizeBytes).containsExactly(tuple("a", 1_000L),
                        tuple("b", 1L));
    }

    @Test
    void readsDisksOfMoreThanEightGigabytesInPlace() throws IOException {
        var path = folder.resolve("big.tar");
        var size = 20L << 30;
        try (var file = new RandomAccessFile(path.toFile(), "rw")) { // sparse: takes no space
            file.write(TarFixture.bytes(tar -> tar.file("x.ovf", new byte[10]).header("big.vmdk", '0', size)));
            file.seek(1_536 + size);
            file.write(TarFixture.bytes(tar -> tar.file("last", new byte[10]).end()));
        }
        try (var channel = FileBytes.open(path, "it")) {
            assertThat(TarIndex.read(channel, "big.tar").members()).containsExactly(new TarMember("x.ovf", 512, 10),
                    new TarMember("big.vmdk", 1_536, size), new TarMember("last", 2_048 + size, 10));
        }
    }

    @Test
    void theLastPaddingAndTheEndMarkerMayBeMissing() throws IOException {
        assertThat(index(tar -> tar.file("a", new byte[512])).terminated()).isFalse();
        assertThat(index(tar -> tar.header("a", '0', 100).raw(new byte[100])).members()).containsExactly(new TarMember("a", 512, 100));
        assertThat(index(tar -> tar.file("a", new byte[512]).end()).terminated()).isTrue();
    }

    private TarIndex index(TarFixture.Content content) throws IOException {
        var path = Files.write(folder.resolve("x.tar"), TarFixture.bytes(content));
        try (var channel = FileBytes.open(path, "it")) {
            return TarIndex.read(channel, "x.tar");
        }
    }
}
