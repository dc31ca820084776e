package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.blockio.BlockFault;
import io.godwit.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What `godwit copy` does not do, and what it says of it.
class CopyRefusalsIT extends CopyFixture {
    @Test
    void refusesToWriteADiskOntoItself() throws Exception {
        var before = Files.readAllBytes(source);
        var link = Files.createSymbolicLink(folder.resolve("link"), source);
        var hardLink = Files.createLink(folder.resolve("hard"), source);
        for (var same : List.of(source, link, hardLink, folder.resolve("./source"))) {
            requireRefused(run(source, same), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
            requireRefused(run(same, source, "--format", "qcow2"), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        }
        requireRefused(run("nbd://LOCALHOST/x", "nbd://localhost:10809/x"), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        assertThat(Files.readAllBytes(source)).isEqualTo(before);
    }

    @Test
    void refusesToWriteADiskOntoADeviceThatIsMadeOfIt() throws Exception {
        var before = Files.readAllBytes(source);
        var device = loop(source);
        var second = loop(source, "--offset", "1048576");
        requireRefused(run(source, device), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        requireRefused(run(device, source), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        requireRefused(run(device, second), "COPY_SOURCE_IS_TARGET", "they are the same bytes");
        assertThat(Files.readAllBytes(source)).isEqualTo(before);
    }

    private static void whileAGuestWrites(Path disk, Callable<?> action) throws Exception {
        var guest = new ProcessBuilder("qemu-io", "-f", "raw", disk.toString()).redirectErrorStream(true).start();
        try (var words = guest.outputWriter()) {
            words.write("length\n");
            words.flush();
            assertThat(guest.inputReader().readLine()).contains("MiB"); // it is open
            action.call();
        }
        guest.waitFor();
    }

    @Test
    void leavesAFileOfAnotherSizeAsItIsWhileSomebodyHasIt() throws Exception {
        var bytes = new byte[2 * SIZE];
        java.util.Arrays.fill(bytes, (byte) 7);
        Files.write(target, bytes);
        whileAGuestWrites(target, () -> {
            requireRefused(run(source, target), "TARGET_IN_USE", "QEMU has it open");
            return assertThat(Files.readAllBytes(target)).isEqualTo(bytes);
        });
        assertThat(run(source, target).code()).isZero();
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    /// A server may give out TARGET itself, and no name tells.
    @Test
    void leavesAFileAsItIsThatSomebodyReads() throws Exception {
        var before = Files.readAllBytes(source);
        var served = serve("--readonly", "file", "file=" + source);
        requireRefused(run(served, source), "TARGET_IN_USE", "somebody has it open");
        assertThat(Files.readAllBytes(source)).isEqualTo(before);
    }

    @Test
    void leavesAFileAsItIsThatALoopDeviceIsMadeOf() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        requireRefused(run(source, target), "TARGET_IN_USE", "a loop device is made of it");
        assertThat(Files.readAllBytes(target)).isEqualTo(new byte[SIZE]);
        detach(device);
        assertThat(run(source, target).code()).isZero();
    }

    @Test
    void leavesADeviceAsItIsWhoseFileIsWritten() throws Exception {
        Files.write(target, new byte[SIZE]);
        try (var _ = io.godwit.blockio.FileSink.open(target)) {
            requireRefused(run(source, loop(target)), "COPY_TARGET_UNUSABLE", "which a guest or another copy writes to");
        }
        assertThat(target).hasBinaryContent(new byte[SIZE]);
    }

    @Test
    void readsNoFileThatAGuestWrites() throws Exception {
        whileAGuestWrites(source, () -> {
            requireRefused(run(source, target), "COPY_SOURCE_UNUSABLE", "a guest or another copy writes to it");
            return null;
        });
        assertThat(target).doesNotExist();
    }

    @Test
    void makesNoFileAmongDevicesAndWritesToNoDeviceThatIsReadOnly() throws Exception {
        requireRefused(run(source, "/dev/godwit-none"), "COPY_TARGET_UNUSABLE", "there is no such device");
        assertThat(Path.of("/dev/godwit-none")).doesNotExist();
        Files.write(target, new byte[SIZE]);
        requireRefused(run(source, loop(target, "--read-only")), "COPY_TARGET_UNUSABLE", "the device is read-only");
        requireRefused(run(folder.resolve("none"), target), "COPY_SOURCE_MISSING", "there is no such file: ");
    }

    @Test
    void takesNoOtherFileForItsCheckpoint() throws Exception {
        var letter = Files.writeString(folder.resolve("letter"), "Dear Sir");
        requireRefused(run(source, target, "--checkpoint", letter), "COPY_CHECKPOINT_UNFIT", "it holds something else");
        Files.copy(letter, folder.resolve("c.last"));
        requireRefused(run(source, target, "--checkpoint", folder.resolve("c")), "COPY_CHECKPOINT_UNFIT", "c.last cannot be");
        requireRefused(run(source, target, "--checkpoint", folder), "COPY_CHECKPOINT_UNFIT", "it is no file");
        requireRefused(run(source, target, "--checkpoint", source), "COPY_FILE_TWICE", "that is SOURCE");
        requireRefused(run(source, target, "--checkpoint", target), "COPY_FILE_TWICE", "that is TARGET");
        requireRefused(run(source, target, "--checkpoint", "x", "--report", "x"), "COPY_FILE_TWICE", "that is --report");
        requireRefused(run(source, target, "--report", target), "COPY_FILE_TWICE", "that is TARGET");
        requireRefused(run(source, target, "--report", source), "COPY_FILE_TWICE", "that is SOURCE");
        requireRefused(run(source, target, "--checkpoint", folder.resolve("none/checkpoint")), "COPY_CHECKPOINT_UNFIT",
                "there is no folder");
        requireRefused(run(source, target, "--report", letter), "COPY_REPORT_UNWRITABLE", "it holds something else");
        assertThat(target).doesNotExist();
        assertThat(letter).hasContent("Dear Sir");
        assertThat(folder.resolve("c.last")).hasContent("Dear Sir");
        var empty = Files.createFile(folder.resolve("empty")); // as mktemp makes it
        assertThat(run(source, target, "--checkpoint", empty).code()).isZero();
        assertThat(empty).doesNotExist(); // the copy is done
    }

    @Test
    void readsTheListOfChangesBeforeItMakesAnything() throws Exception {
        var list = Files.writeString(folder.resolve("list"), "010 0x10\n");
        requireRefused(run(source, target, "--changed-extents", list), "COPY_TARGET_UNUSABLE", "there is no such file");
        assertThat(target).doesNotExist();
        Files.write(target, new byte[SIZE]);
        assertThat(run(source, target, "--changed-extents", list).code()).isZero();
        var expected = new byte[SIZE];
        System.arraycopy(Files.readAllBytes(source), 10, expected, 10, 16);
        assertThat(Files.readAllBytes(target)).isEqualTo(expected);
        Files.writeString(list, "0x 1\n");
        Files.delete(target);
        requireRefused(run(source, target, "--changed-extents", list), "COPY_EXTENTS_UNREADABLE", "cannot be read");
    }

    @ParameterizedTest
    @CsvSource({"-,a pipe is not", "null:,nbdkit null SIZE", "nbd:unix:/s:exportname=e,nbd+unix:///e?socket=/s",
            "nbd:unix:/s,nbd+unix:///?socket=/s", "nbd:host:10809:exportname=e,nbd://host:10809/e", "json:{},URI of its export",
            "GOPHER://x/y,nothing serves gopher: addresses"})
    void refusesTheWordsOfOtherToolsWithAHint(String word, String hint) throws Exception {
        requireRefused(run(word, target), "COPY_ADDRESS_UNKNOWN", hint);
        requireRefused(run(source, word), "COPY_ADDRESS_UNKNOWN", hint);
        assertThat(target).doesNotExist();
    }

    @Test
    void saysWhatATargetIsThatCannotBeOne() throws Exception {
        supervisor.run(Command.of("mkfifo", folder.resolve("fifo").toString()));
        requireRefused(run(source, folder), "COPY_TARGET_UNUSABLE", "it is a folder: name a file in it");
        requireRefused(run(source, "/dev/null"), "COPY_TARGET_UNUSABLE", "it is neither a file nor a block device");
        requireRefused(run(source, folder.resolve("fifo")), "COPY_TARGET_UNUSABLE", "it is neither a file nor a block device");
        requireRefused(run(source, folder.resolve("none/target")), "COPY_TARGET_UNUSABLE", "none/target cannot be written");
        requireRefused(run(source, "nbd://a b/c"), "COPY_TARGET_UNUSABLE", "Illegal character");
        requireRefused(run(source, "nbd+unix:///c"), "COPY_TARGET_UNUSABLE", "it is neither nbd://host:port/export nor");
        requireRefused(run(folder, target), "COPY_SOURCE_UNUSABLE", "it is a folder");
        requireRefused(run("/dev/zero", target), "COPY_SOURCE_UNUSABLE", "it is neither a file nor a block device");
        var nobody = run(source, "nbd+unix:///?socket=" + folder.resolve("nobody"));
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err()).contains(BlockFault.TARGET_SERVER_UNREACHABLE.entry().remedy());
    }

    @ParameterizedTest
    @CsvSource({"100MiB/s,104857600", "800Mbit/s,100000000", "1.5GiB,1610612736", "256K,262144", "4kB,4096", "1gbit,125000000"})
    void takesSizesAndRates(String text, long bytes) {
        assertThat(new ByteSize().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"80Mb/s", "80mb"})
    void asksWhetherBitsOrBytesAreMeant(String text) throws Exception {
        var ended = run(source, target, "--limit", text);
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("may mean bytes or bits");
    }

    @ParameterizedTest
    @CsvSource({"--limit-requests,-1", "--longest-read,-1", "--limit,-1", "--connections,0", "--requests,0", "--requests,4097",
            "--request-size,1KiB", "--request-size,33MiB", "--stall-limit,0", "-o,yaml"})
    void refusesOptionsWithoutSense(String option, String value) throws Exception {
        var ended = run(source, target, option + (option.startsWith("--") ? "=" : "") + value);
        assertThat(ended.code()).as(ended.err()).isEqualTo(2);
        assertThat(ended.err()).startsWith("godwit copy: ").hasLineCount(2).doesNotContain("Exception")
                .contains(value.equals("1KiB") ? "1024" : value.equals("33MiB") ? "34603008" : value);
        assertThat(target).doesNotExist();
    }

    @Test
    void saysWhichOptionMayBeMeant() throws Exception {
        var ended = run(source, target, "--verfy", "off");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("'--verfy'", "--verify").endsWith("`godwit copy --help` says what it takes.\n");
    }

    @Test
    void refusesMoreBuffersThanThereIsMemoryFor() throws Exception {
        var ended = run(source, target, "--request-size", "32MiB");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("MiB of buffers at worst", "use fewer or shorter ones");
        var from = serve("file", "file=" + source);
        var many = run(from, target, "--connections", "16", "--requests", "4096", "-o", "json");
        assertThat(many.code()).as(many.err()).isZero();
        requireEqual();
    }

    @Test
    void saysWhatIsLostWithoutACheckpoint() throws Exception {
        var full = serve("--filter=error", "memory", "size=" + SIZE, "error-pwrite=ENOSPC", "error-pwrite-rate=100%");
        assertThat(run(source, full, "--connections", "1", "--stall-limit", "30")).matches(
                ended -> ended.code() == 1 && ended.err().contains("no --checkpoint was given: the next run begins from zero"));
        assertThat(run(source, full, "--checkpoint", folder.resolve("checkpoint")).err())
                .contains(BlockFault.TARGET_FULL.entry().remedy()).doesNotContain("begins from zero");
    }

    @Test
    void writesItsReportWholeOrNot() throws Exception {
        var proof = Files.writeString(folder.resolve("proof.json"), "{\"of\": \"last time\"}");
        requireRefused(run(source, target, "--report", folder.resolve("none/proof")), "COPY_REPORT_UNWRITABLE", "none/proof cannot be");
        requireRefused(run(source, target, "--report", folder), "COPY_REPORT_UNWRITABLE", "it is a folder");
        assertThat(target).as("before anything is copied").doesNotExist();
        assertThat(run("nowhere", target, "--report", proof).code()).isEqualTo(1);
        assertThat(proof).hasContent("{\"of\": \"last time\"}");
        assertThat(run(source, target, "--report", proof).code()).isZero();
        assertThat(report(Files.readString(proof)).verified()).isTrue();
        try (var left = Files.list(folder)) {
            assertThat(left.filter(each -> each.toString().endsWith(".part"))).isEmpty();
        }
    }

    @Test
    void saysWhatIsWrongAndWhatToDo() throws Exception {
        assertThat(run("nowhere", target)).matches(ended -> ended.code() == 1 && ended.err().contains("nowhere cannot be read")
                && ended.err().contains("Give a path"));
        assertThat(run("gopher://x/y", target).err()).contains("nothing serves gopher: addresses");
        assertThat(run(source)).matches(ended -> ended.code() == 2 && ended.err().contains("TARGET"));
        assertThat(run(source, target, "--request-size", "lots")).matches(ended -> ended.code() == 2 && ended.err().contains("no size"));
        assertThat(run(source, target, "--digest", "MD5")).matches(ended -> ended.code() == 2 && ended.err().contains("MD5"));
    }

    /// A list that lost a column or a number must not be taken for another.
    @ParameterizedTest
    @ValueSource(strings = {"1 2 3", ",1 2", "1,,2", "1 2,", "1", "1,", "1 -2", "one two", "0x 2"})
    void takesNothingButAnOffsetAndALengthForAnExtent(String line) throws Exception {
        var list = Files.writeString(folder.resolve("list"), "0 512\n" + line + "\n");
        assertThat(run(source, target, "--changed-extents", list).err()).contains("'" + line + "' is no offset and length");
    }
}
