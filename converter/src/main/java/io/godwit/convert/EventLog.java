package io.godwit.convert;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.Set;

/// The starts of a Windows in its System.evtx ([MS-EVEN6], libevtx's format documentation): chunks of 64 KiB, each read by itself, so that
/// neither a damaged nor a hostile one reaches beyond itself.
final class EventLog {
    static final int FILE_HEADER = 4096;
    static final int CHUNK = 1 << 16;
    static final int FIRST_RECORD = 512;
    static final int RECORD_HEADER = 24;
    private static final byte[] FILE_MAGIC = "ElfFile\0".getBytes(US_ASCII);
    private static final byte[] CHUNK_MAGIC = "ElfChnk\0".getBytes(US_ASCII);
    private static final int RECORD_MAGIC = 0x00002a2a;
    private static final int FREE_SPACE = 48;
    private static final int MOST_STARTS = 4096;
    /// Seconds from 1601, where Windows counts from, to 1970.
    private static final long EPOCH = 11_644_473_600L;
    private static final long TICKS = 10_000_000;

    /// Numbers of the events that Windows writes at its start, with who writes them.
    private static final Map<Integer, Set<String>> STARTS = Map.of(
            12, Set.of("Microsoft-Windows-Kernel-General"),
            6005, Set.of("EventLog", "Microsoft-Windows-Eventlog"),
            6009, Set.of("EventLog", "Microsoft-Windows-Eventlog"));

    private EventLog() {}

    /// An event that Windows writes at its start.
    ///
    /// @param number of the record in its log
    /// @param at by the guest's clock
    record Start(long number, int event, Instant at) {}

    /// The last starts in a log.
    static Collection<Start> starts(Path file) throws IOException {
        var found = new ArrayDeque<Start>();
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
            if (!read(channel, chunk.clear().limit(FILE_MAGIC.length), 0) || !begins(chunk, FILE_MAGIC)) {
                return found;
            }
            for (long at = FILE_HEADER; read(channel, chunk.clear(), at); at += CHUNK) {
                if (begins(chunk, CHUNK_MAGIC)) {
                    takeChunk(chunk, found);
                }
            }
        }
        return found;
    }

    private static boolean read(FileChannel channel, ByteBuffer into, long at) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, at + into.position()) < 0) {
                return false;
            }
        }
        into.flip();
        return true;
    }

    private static boolean begins(ByteBuffer bytes, byte[] magic) {
        for (int i = 0; i < magic.length; i++) {
            if (bytes.get(i) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    private static void takeChunk(ByteBuffer chunk, Deque<Start> found) {
        var events = new EventRecords(chunk);
        long used = Integer.toUnsignedLong(chunk.getInt(FREE_SPACE));
        int end = (int) Math.min(used, CHUNK);
        for (int at = FIRST_RECORD; at + RECORD_HEADER <= end && chunk.getInt(at) == RECORD_MAGIC;) {
            int size = chunk.getInt(at + 4);
            if (size <= RECORD_HEADER || size > end - at) {
                return;
            }
            var number = chunk.getLong(at + 8);
            var time = chunk.getLong(at + 16);
            events.event(at + RECORD_HEADER, at + size).ifPresent(event -> {
                if (STARTS.getOrDefault(event.number(), Set.of()).contains(event.provider())) {
                    if (found.size() == MOST_STARTS) {
                        found.removeFirst();
                    }
                    found.addLast(new Start(number, event.number(), Instant.ofEpochSecond(time / TICKS - EPOCH, time % TICKS * 100)));
                }
            });
            at += size;
        }
    }
}
