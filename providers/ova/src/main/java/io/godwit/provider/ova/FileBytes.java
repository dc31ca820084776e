package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_TRUNCATED;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/// A file of this machine.
final class FileBytes implements RandomBytes {
    private final FileChannel channel;
    private final long sizeBytes;
    private final String where;

    private FileBytes(FileChannel channel, String where) throws IOException {
        this.channel = channel;
        this.sizeBytes = channel.size();
        this.where = where;
    }

    /// @param where its name in faults
    static FileBytes open(Path path, String where) throws IOException {
        return new FileBytes(FileChannel.open(path, StandardOpenOption.READ), where);
    }

    /// The same, but never through a link.
    static FileBytes openItself(Path path, String where) throws IOException {
        return new FileBytes(FileChannel.open(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)), where);
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        var buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw OVA_TRUNCATED.because(where + " cannot be read", "it ended at byte " + (offset + buffer.position())
                        + " while it was read, though it had " + sizeBytes + " bytes before");
            }
        }
        return buffer.array();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
