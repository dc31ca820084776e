package io.godwit.transfer;

import io.godwit.blockio.BlockFault;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Reads a volume past the page cache where its file system can, so that what is compared came from the device. For one thread.
final class ReadBack implements AutoCloseable {
    private static final int PAGE = 4096;

    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer buffer;
    private final int alignment;
    private final boolean direct;

    private ReadBack(Path path, FileChannel channel, ByteBuffer buffer, int alignment, boolean direct) {
        this.path = path;
        this.channel = channel;
        this.buffer = buffer;
        this.alignment = alignment;
        this.direct = direct;
    }

    static ReadBack open(Path path, int blockBytes) {
        try {
            int alignment = (int) Math.max(PAGE, Files.getFileStore(path).getBlockSize());
            var buffer = ByteBuffer.allocateDirect(blockBytes + alignment).alignedSlice(alignment);
            if (blockBytes % alignment == 0) {
                try {
                    var channel = FileChannel.open(path, StandardOpenOption.READ, directOption());
                    return new ReadBack(path, channel, buffer, alignment, true);
                } catch (IOException | UnsupportedOperationException e) {
                    // tmpfs and some network file systems have no O_DIRECT
                }
            }
            return new ReadBack(path, FileChannel.open(path, StandardOpenOption.READ), buffer, alignment, false);
        } catch (IOException e) {
            throw new FaultException(BlockFault.TARGET_READ_FAILED, path + " could not be opened to read it back", e);
        }
    }

    /// `ExtendedOpenOption.DIRECT`, which is exported and supported, by name: javac warns of it in a way that no annotation can still.
    private static OpenOption directOption() {
        try {
            for (var option : Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
                if (option.toString().equals("DIRECT")) {
                    return (OpenOption) option;
                }
            }
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException(e);
        }
        throw new UnsupportedOperationException("no O_DIRECT in this Java");
    }

    boolean direct() {
        return direct;
    }

    /// Those bytes, between position and limit, until the next call. `offset` is a multiple of the block.
    ByteBuffer read(long offset, int length) {
        buffer.clear().limit(direct ? Math.ceilDiv(length, alignment) * alignment : length);
        try {
            while (buffer.position() < length) {
                int count = channel.read(buffer, offset + buffer.position());
                if (count <= 0) {
                    throw new FaultException(BlockFault.TARGET_READ_FAILED,
                            path + " could not be read back at offset " + (offset + buffer.position()),
                            "it ends there, " + (length - buffer.position()) + " bytes too early");
                }
            }
        } catch (IOException e) {
            throw new FaultException(BlockFault.TARGET_READ_FAILED, path + " could not be read back at offset " + offset, e);
        }
        return buffer.position(0).limit(length);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // it was only read
        }
    }
}
