package io.godwit.convert;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.EventLog.Start;
import io.godwit.model.disk.BootReport.Proof;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootTracesTest {
    private static final Instant AT = Instant.parse("2026-11-23T20:00:01.500Z");
    private static final String KERNEL = "Microsoft-Windows-Kernel-General";
    private static final List<EventLogFile.Entry> ENTRIES = List.of(
            new EventLogFile.Entry(KERNEL, 12, AT),
            new EventLogFile.Entry("EventLog", 6009, AT.plusSeconds(1)),
            new EventLogFile.Entry("EventLog", 6005, AT.plusSeconds(2)),
            new EventLogFile.Entry(KERNEL, 13, AT.plusSeconds(3)),
            new EventLogFile.Entry("Microsoft-Windows-WHEA", 12, AT.plusSeconds(4)));
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime());
    private static final int DAMAGES = 1500;

    @TempDir
    private Path folder;

    @Test
    void readsTheBootThatWroteAJournal() {
        assertThat(JournalHeader.parse(journal())).contains(new JournalHeader("0102030405060708090a0b0c0d0e0f10", AT));
    }

    @Test
    void takesAJournalThatNoBootOpenedForNone() {
        var fresh = journal();
        Arrays.fill(fresh, 56, 72, (byte) 0);

        assertThat(JournalHeader.parse(fresh)).isEmpty();
        assertThat(JournalHeader.parse(Arrays.copyOf(journal(), JournalHeader.BYTES - 1))).isEmpty();
        assertThat(JournalHeader.parse(new byte[JournalHeader.BYTES])).isEmpty();
    }

    @Test
    void readsTheBootsAmongLoginsOfWtmp() {
        var records = ByteBuffer.allocate(3 * WtmpRecords.BYTES + 100);
        records.put(0, wtmp(7, "root")).put(WtmpRecords.BYTES, wtmp(2, "reboot")).put(2 * WtmpRecords.BYTES, wtmp(2, "shutdown"));

        assertThat(WtmpRecords.boots(records.array())).containsExactly(AT);
    }

    @Test
    void readsTheStartsInAnEventLogAndNothingElse() throws Exception {
        assertThat(starts(EventLogFile.of(ENTRIES))).containsExactly(new Start(1, 12, AT), new Start(2, 6009, AT.plusSeconds(1)),
                new Start(3, 6005, AT.plusSeconds(2)));
    }

    @Test
    void readsTheChunksBesideADamagedOne() throws Exception {
        var one = EventLogFile.of(ENTRIES);
        var three = Arrays.copyOf(one, EventLog.FILE_HEADER + 3 * EventLog.CHUNK + 1000);
        System.arraycopy(one, EventLog.FILE_HEADER, three, EventLog.FILE_HEADER + 2 * EventLog.CHUNK, EventLog.CHUNK);
        Arrays.fill(three, EventLog.FILE_HEADER + 2 * EventLog.CHUNK + EventLog.FIRST_RECORD + 400,
                EventLog.FILE_HEADER + 3 * EventLog.CHUNK, (byte) 0xff);

        assertThat(starts(three)).hasSizeBetween(3, 4);
    }

    @Test
    void survivesDamagedFiles() throws Exception {
        System.out.println("BootTracesTest seed " + SEED);
        var random = new Random(SEED);
        var log = EventLogFile.of(ENTRIES);
        for (int i = 0; i < DAMAGES; i++) {
            assertThat(starts(damaged(log, 4600, random))).hasSizeLessThanOrEqualTo(1024);
            assertThat(WtmpRecords.boots(damaged(wtmp(2, "reboot"), WtmpRecords.BYTES, random))).hasSizeLessThanOrEqualTo(1);
            JournalHeader.parse(damaged(journal(), JournalHeader.BYTES, random))
                    .ifPresent(header -> assertThat(header.bootId()).matches("[0-9a-f]{32}"));
        }
    }

    @Test
    void survivesARecordThatRefersToItselfAndSizesWithoutEnd() throws Exception {
        var log = EventLogFile.of(ENTRIES);
        var bytes = ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN);
        int first = EventLog.FILE_HEADER + EventLog.FIRST_RECORD;
        for (int value : new int[]{0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, EventLog.FIRST_RECORD, EventLog.CHUNK - 1}) {
            for (int at : new int[]{4, EventLog.RECORD_HEADER + 10, EventLog.RECORD_HEADER + 34, EventLog.RECORD_HEADER + 45}) {
                int kept = bytes.getInt(first + at);
                bytes.putInt(first + at, value);
                assertThat(starts(log)).hasSizeLessThanOrEqualTo(3);
                bytes.putInt(first + at, kept);
            }
        }
    }

    @Test
    void takesOnlyWhatWasNotThereBefore() {
        var old = new BootTrace(Proof.JOURNAL, "a", "last at noon");
        var oldButLonger = new BootTrace(Proof.JOURNAL, "a", "last at one");
        var recorded = new BootTrace(Proof.WTMP, "b", "wtmp");
        var journalled = new BootTrace(Proof.JOURNAL, "c", "journal");

        assertThat(BootProof.newest(List.of(old), List.of(oldButLonger))).isEmpty();
        assertThat(BootProof.newest(List.of(old), List.of(oldButLonger, recorded))).contains(recorded);
        assertThat(BootProof.newest(List.of(old), List.of(journalled, recorded))).contains(journalled);
        assertThat(BootProof.newest(List.of(), List.of(recorded, journalled))).contains(journalled);
    }

    private Collection<Start> starts(byte[] log) throws IOException {
        return EventLog.starts(Files.write(folder.resolve("System.evtx"), log));
    }

    /// With some bytes of its beginning changed, or its end cut off.
    private static byte[] damaged(byte[] whole, int beginning, Random random) {
        var bytes = random.nextInt(8) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length + 1)) : whole.clone();
        for (int i = random.nextInt(1, 24); i > 0 && bytes.length > 0; i--) {
            int from = beginning > 4096 && random.nextInt(10) > 0 ? EventLog.FILE_HEADER + EventLog.FIRST_RECORD : 0;
            int span = Math.min(bytes.length, from + 700) - from;
            if (span > 0) {
                bytes[from + random.nextInt(span)] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(-1, 2));
            }
        }
        return bytes;
    }

    private static byte[] journal() {
        var header = ByteBuffer.allocate(JournalHeader.BYTES).order(ByteOrder.LITTLE_ENDIAN).put("LPKSHHRH".getBytes(US_ASCII));
        for (int i = 0; i < 16; i++) {
            header.put(56 + i, (byte) (i + 1));
        }
        return header.putLong(192, AT.toEpochMilli() * 1000).array();
    }

    private static byte[] wtmp(int type, String user) {
        return ByteBuffer.allocate(WtmpRecords.BYTES).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) type)
                .put(44, user.getBytes(US_ASCII)).putInt(340, (int) AT.getEpochSecond()).putInt(344, 500_000).array();
    }
}
