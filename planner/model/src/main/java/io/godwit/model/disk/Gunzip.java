package io.godwit.model.disk;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/// Unpacks gzip (RFC 1952) that a stranger made. Other than [java.util.zip.GZIPInputStream] it takes any number of empty members without going
/// deeper for each, and refuses what is neither a member nor padding: what is given to its end is whole.
public final class Gunzip extends InputStream {
    private static final int MAGIC = 0x8b1f;
    private static final int DEFLATE = 8;
    private static final int TEXT = 1;
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int BUFFER = 128 << 10;

    private final InputStream packed;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int filled;
    private boolean inMember;
    private boolean anyMember;
    private boolean ended;

    /// Closes it when it is closed.
    public Gunzip(InputStream packed) {
        this.packed = packed;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /// At least one byte, unless the end is reached.
    ///
    /// @throws ZipException where it is no gzip, or damaged
    /// @throws EOFException where it is cut short
    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (length > 0 && !ended) {
            if (!inMember) {
                ended = !beginMember();
                continue;
            }
            int count = inflate(into, offset, length);
            if (count > 0) {
                crc.update(into, offset, count);
                return count;
            }
            if (inflater.finished()) {
                endMember();
            } else if (inflater.needsDictionary()) {
                throw new ZipException("it needs a dictionary");
            } else {
                requireMore();
                inflater.setInput(buffer, at, filled - at);
            }
        }
        return length == 0 ? 0 : -1;
    }

    private int inflate(byte[] into, int offset, int length) throws ZipException {
        try {
            return inflater.inflate(into, offset, length);
        } catch (DataFormatException e) {
            throw (ZipException) new ZipException("it is damaged: " + e.getMessage()).initCause(e);
        } finally {
            at = filled - inflater.getRemaining();
        }
    }

    /// Whether there is one more.
    private boolean beginMember() throws IOException {
        if (anyMember && isPaddingToTheEnd()) {
            return false;
        }
        if (little(2) != MAGIC) {
            throw new ZipException(anyMember ? "behind its last member follows something else" : "it does not begin as gzip does");
        }
        if (octet() != DEFLATE) {
            throw new ZipException("its method is not deflate");
        }
        int flags = octet();
        if ((flags & ~(TEXT | HEADER_CRC | EXTRA | NAME | COMMENT)) != 0) {
            throw new ZipException("its header has unknown flags");
        }
        skip(6); // when it was packed, how well, and where
        if ((flags & EXTRA) != 0) {
            skip(little(2));
        }
        for (int text : new int[]{NAME, COMMENT}) {
            while ((flags & text) != 0 && octet() != 0) {
                // up to its NUL
            }
        }
        skip((flags & HEADER_CRC) != 0 ? 2 : 0);
        anyMember = true;
        inMember = true;
        crc.reset();
        inflater.reset();
        inflater.setInput(buffer, at, filled - at);
        return true;
    }

    private void endMember() throws IOException {
        long sum = little(2) | (long) little(2) << 16;
        long size = little(2) | (long) little(2) << 16;
        if (sum != crc.getValue() || size != (inflater.getBytesWritten() & 0xffffffffL)) {
            throw new ZipException("its checksum or its size does not match");
        }
        inMember = false;
    }

    /// Tapes and block devices add zeroes.
    private boolean isPaddingToTheEnd() throws IOException {
        while (at < filled || fill()) {
            if (buffer[at] != 0) {
                return false;
            }
            at++;
        }
        return true;
    }

    private void skip(int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            octet();
        }
    }

    private int little(int bytes) throws IOException {
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= octet() << (8 * i);
        }
        return value;
    }

    private int octet() throws IOException {
        requireMore();
        return buffer[at++] & 0xff;
    }

    private void requireMore() throws IOException {
        if (at == filled && !fill()) {
            throw new EOFException("it is cut short");
        }
    }

    private boolean fill() throws IOException {
        at = 0;
        filled = Math.max(0, packed.read(buffer, 0, BUFFER));
        return filled > 0;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        packed.close();
    }
}
