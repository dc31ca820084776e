package io.godwit.blockio;

import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/// A raw file or a block device. A file is cleared by cutting it to nothing and back, so that all of it is one hole; a device reads as
/// whatever it held, so that zeroes must be written to it.
///
/// Its threads must not be interrupted: Java closes the channel of an interrupted thread, for all.
public final class FileSink implements BlockSink {
    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final boolean regular;

    private FileSink(Path path, FileChannel channel, long size, boolean regular) {
        this.path = path;
        this.channel = channel;
        this.size = size;
        this.regular = regular;
    }

    /// Opens what is there; makes nothing.
    public static FileSink open(Path path) {
        try {
            var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                return new FileSink(path, channel, channel.size(), Files.isRegularFile(path));
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new FaultException(BlockFault.TARGET_MISSING, "the target " + path + " could not be opened", "there is no such file");
        } catch (IOException e) {
            throw new FaultException(BlockFault.TARGET_WRITE_FAILED, "the target " + path + " could not be opened", e);
        }
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
        long at = offset;
        if (offset < 0 || offset > size - bytes.remaining()) {
            throw new IllegalArgumentException("a write of " + bytes.remaining() + " bytes at " + offset + " of " + size);
        }
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_WRITE_FAILED, bytes.remaining() + " bytes could not be written at offset " + at + " of " + path,
                    e);
        }
    }

    @Override
    public void clear() {
        if (!regular) {
            return;
        }
        try {
            channel.truncate(0);
            if (size > 0) { // grows to its size by one byte, which stays the only allocated one
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_WRITE_FAILED, path + " could not be cleared", e);
        }
    }

    @Override
    public boolean readsAsZero() {
        return regular;
    }

    @Override
    public void flush() {
        try {
            channel.force(true);
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_FLUSH_FAILED, path + " could not be flushed to its device", e);
        }
    }

    private static FaultException failed(FaultCode code, String what, IOException cause) {
        return new FaultException(isFull(cause) ? BlockFault.TARGET_FULL : code, what, cause);
    }

    /// Whether an error says that a file system or a quota has no room; Java gives the text of the C library only.
    public static boolean isFull(IOException cause) {
        var text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("no space left") || text.contains("quota exceeded");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_FLUSH_FAILED, path + " could not be closed", e);
        }
    }
}
