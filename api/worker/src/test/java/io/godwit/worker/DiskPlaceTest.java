package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskPlaceTest {
    @TempDir
    Path sys;

    private Path device(String name, String number, long sectors) throws IOException {
        var folder = Files.createDirectories(sys.resolve("devices").resolve(name));
        Files.writeString(folder.resolve("dev"), number + "\n");
        Files.writeString(folder.resolve("size"), sectors + "\n");
        Files.createSymbolicLink(Files.createDirectories(sys.resolve("dev/block")).resolve(number), folder);
        return folder;
    }

    private void partition(String name, String number, long start, long sectors) throws IOException {
        var folder = device(name, number, sectors);
        Files.writeString(folder.resolve("partition"), "1\n");
        Files.writeString(folder.resolve("start"), start + "\n");
    }

    private void over(String name, String number, String... slaves) throws IOException {
        var folder = Files.createDirectory(device(name, number, 100).resolve("slaves"));
        for (var slave : slaves) {
            Files.createSymbolicLink(folder.resolve(Path.of(slave).getFileName()), sys.resolve("devices").resolve(slave));
        }
    }

    /// A disk with two partitions, two volumes in the second, another disk, and two ways to it.
    @ParameterizedTest
    @CsvSource({"8:0,8:0,true", "8:0,8:1,true", "8:1,8:2,false", "8:0,8:16,false", "253:0,8:2,true", "253:0,8:0,true", "253:0,8:1,false",
            "253:0,253:1,false", "253:2,8:16,true", "253:2,8:0,false", "253:0,253:0,true"})
    void tellsWhatIsMadeOfTheSameBytes(String one, String other, boolean same) throws IOException {
        device("sda", "8:0", 10_000);
        partition("sda/sda1", "8:1", 2048, 100);
        partition("sda/sda2", "8:2", 2148, 1000);
        device("sdb", "8:16", 10_000);
        over("dm-0", "253:0", "sda/sda2");
        over("dm-1", "253:1", "sda/sda2");
        over("dm-2", "253:2", "sdb");
        var places = new DiskPlace[]{DiskPlace.ofDevice(one, sys), DiskPlace.ofDevice(other, sys)};
        assertThat(places[0].overlaps(places[1])).isEqualTo(same);
        assertThat(places[1].overlaps(places[0])).isEqualTo(same);
    }

    @ParameterizedTest
    @CsvSource({"nbd://h,nbd://H:10809/,true", "nbd://h/a,nbds://h/a,true", "nbd://h/a,nbd://h/b,false", "nbd://h:1/a,nbd://h:2/a,false",
            "nbd+unix:///a?socket=/tmp/../tmp,nbd+unix:///a?socket=/tmp,true", "nbd+unix:///?socket=/x,nbd+unix:///?socket=/y,false"})
    void tellsTheSameExportInOtherWords(URI one, URI other, boolean same) {
        assertThat(DiskPlace.of(one).overlaps(DiskPlace.of(other))).isEqualTo(same);
    }

    @Test
    void knowsTheNameOfWhatIsNotThereYet() throws IOException {
        Files.createSymbolicLink(sys.resolve("link"), sys);
        assertThat(DiskPlace.of(sys.resolve("new"))).isEqualTo(DiskPlace.of(sys.resolve("link/new")))
                .isNotEqualTo(DiskPlace.of(sys.resolve("newer")));
    }
}
