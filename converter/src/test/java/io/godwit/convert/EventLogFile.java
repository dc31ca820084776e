package io.godwit.convert;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16LE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/// A System.evtx of one chunk, by the published format (libevtx, "Windows XML Event Log (EVTX) format"): each writer has a template of its own,
/// which lies in its first record.
final class EventLogFile {
    private final ByteBuffer chunk = ByteBuffer.allocate(EventLog.CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    private final Map<String, Integer> templates = new HashMap<>();
    private final Map<String, Integer> names = new HashMap<>();
    private int last;

    private EventLogFile() {}

    record Entry(String provider, int event, Instant at) {}

    static byte[] of(List<Entry> entries) {
        var file = new EventLogFile();
        file.chunk.position(EventLog.FIRST_RECORD);
        for (int i = 0; i < entries.size(); i++) {
            file.add(i + 1, entries.get(i));
        }
        return file.finish(entries.size());
    }

    private void add(long number, Entry entry) {
        last = chunk.position();
        long time = ChronoUnit.MICROS.between(Instant.parse("1601-01-01T00:00:00Z"), entry.at()) * 10;
        chunk.putInt(0x2a2a).putInt(0).putLong(number).putLong(time);
        fragment();
        chunk.put((byte) 0x0c).put((byte) 1).putInt(entry.provider().hashCode());
        var template = templates.get(entry.provider());
        if (template == null) {
            templates.put(entry.provider(), chunk.position() + 4);
            chunk.putInt(chunk.position() + 4);
            template(entry.provider());
        } else {
            chunk.putInt(template);
        }
        chunk.putInt(4);
        for (int type : new int[]{2 | 0x0600, 2 | 0x0600, 8 | 0x0a00, 8 | 0x1100}) {
            chunk.putShort((short) (type & 0xff)).put((byte) (type >> 8)).put((byte) 0);
        }
        chunk.putShort((short) entry.event()).putShort((short) 0x8000).putLong(number).putLong(time);
        chunk.put((byte) 0);
        while ((chunk.position() - last) % 8 != 4) {
            chunk.put((byte) 0);
        }
        int size = chunk.position() + 4 - last;
        chunk.putInt(size).putInt(last + 4, size);
    }

    private void fragment() {
        chunk.put(new byte[]{0x0f, 1, 1, 0});
    }

    private void template(String provider) {
        chunk.putInt(0).putInt(provider.hashCode()).putInt(0).putLong(0);
        int length = chunk.position();
        chunk.putInt(0);
        fragment();
        int event = open("Event", false);
        int system = open("System", false);
        int writer = open("Provider", true);
        int attributes = attributes();
        chunk.put((byte) 0x06);
        name("Name");
        chunk.put((byte) 0x05).put((byte) 1).putShort((short) provider.length()).put(provider.getBytes(UTF_16LE));
        measure(attributes);
        chunk.put((byte) 0x03);
        measure(writer);
        int id = open("EventID", true);
        attributes = attributes();
        chunk.put((byte) 0x06);
        name("Qualifiers");
        substitution(1, 0x06);
        measure(attributes);
        chunk.put((byte) 0x02);
        substitution(0, 0x06);
        close(id);
        int number = open("EventRecordID", false);
        substitution(2, 0x0a);
        close(number);
        close(system);
        close(event);
        chunk.put((byte) 0);
        chunk.putInt(length, chunk.position() - length - 4);
    }

    private int open(String name, boolean attributes) {
        chunk.put((byte) (attributes ? 0x41 : 0x01)).putShort((short) -1);
        int length = chunk.position();
        chunk.putInt(0);
        name(name);
        if (!attributes) {
            chunk.put((byte) 0x02);
        }
        return length;
    }

    private int attributes() {
        int length = chunk.position();
        chunk.putInt(0);
        return length;
    }

    private void close(int length) {
        chunk.put((byte) 0x04);
        measure(length);
    }

    private void measure(int length) {
        chunk.putInt(length, chunk.position() - length - 4);
    }

    private void substitution(int index, int type) {
        chunk.put((byte) 0x0d).putShort((short) index).put((byte) type);
    }

    private void name(String text) {
        var known = names.get(text);
        if (known != null) {
            chunk.putInt(known);
            return;
        }
        names.put(text, chunk.position() + 4);
        int hash = 0;
        for (int i = 0; i < text.length(); i++) {
            hash = hash * 65599 + text.charAt(i);
        }
        chunk.putInt(chunk.position() + 4);
        chunk.putInt(0).putShort((short) hash).putShort((short) text.length()).put(text.getBytes(UTF_16LE)).putShort((short) 0);
    }

    private byte[] finish(long records) {
        int free = chunk.position();
        chunk.put(0, "ElfChnk\0".getBytes(US_ASCII)).putLong(8, 1).putLong(16, records).putLong(24, 1).putLong(32, records).putInt(40, 128)
                .putInt(44, last).putInt(48, free).putInt(52, crc(chunk.array(), EventLog.FIRST_RECORD, free - EventLog.FIRST_RECORD));
        var head = new CRC32();
        head.update(chunk.array(), 0, 120);
        head.update(chunk.array(), 128, EventLog.FIRST_RECORD - 128);
        chunk.putInt(124, (int) head.getValue());
        var file = ByteBuffer.allocate(EventLog.FILE_HEADER + EventLog.CHUNK).order(ByteOrder.LITTLE_ENDIAN)
                .put(0, "ElfFile\0".getBytes(US_ASCII)).putLong(24, records + 1).putInt(32, 128).putShort(36, (short) 1)
                .putShort(38, (short) 3)
                .putShort(40, (short) EventLog.FILE_HEADER).putShort(42, (short) 1);
        file.putInt(124, crc(file.array(), 0, 120));
        return file.put(EventLog.FILE_HEADER, chunk.array()).array();
    }

    private static int crc(byte[] bytes, int from, int length) {
        var crc = new CRC32();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
