package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;

/// Reads a file past the page cache where its file system can, so that what is compared came from the device. Reads one after the other,
/// in the order in which they were asked for.
final class DirectReader implements BlockReader {
    private static final int PAGE = 4096;
    private static final int DEPTH = 4;

    private final Path path;
    private final FileChannel channel;
    private final int alignment;
    private final boolean direct;
    private final ArrayDeque<Read> asked = new ArrayDeque<>();
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    private record Read(long tag, long offset, int length) {}

    private DirectReader(Path path, FileChannel channel, int alignment, boolean direct) {
        this.path = path;
        this.channel = channel;
        this.alignment = alignment;
        this.direct = direct;
    }

    /// @param direct whether to pass the page cache by, which must be [#possible(Path)]
    static DirectReader open(Path path, boolean direct) {
        try {
            int alignment = alignment(path);
            return new DirectReader(path, direct ? openDirect(path) : FileChannel.open(path, StandardOpenOption.READ), alignment, direct);
        } catch (IOException e) {
            throw new FaultException(BlockFault.TARGET_READ_FAILED, path + " could not be opened to read it back", e);
        }
    }

    private static int alignment(Path path) throws IOException {
        return (int) Math.max(PAGE, Files.getFileStore(path).getBlockSize());
    }

    /// Whether the page cache can be passed by. Some file systems have no O_DIRECT; others have a file opened so, and then refuse each read.
    static boolean possible(Path path) {
        try (var channel = openDirect(path)) {
            int alignment = alignment(path);
            channel.read(aligned(alignment, alignment), 0);
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return String.valueOf(e.getMessage()).contains("Input/output error"); // that place is bad, and is to be told when it is read back
        }
    }

    private static FileChannel openDirect(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ, directOption());
    }

    private static ByteBuffer aligned(int length, int alignment) {
        return ByteBuffer.allocateDirect(length + alignment).alignedSlice(alignment).limit(length);
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

    @Override
    public int depth() {
        return DEPTH;
    }

    @Override
    public int inFlight() {
        return asked.size();
    }

    @Override
    public void submit(long offset, int length, long tag) {
        asked.add(new Read(tag, offset, length));
    }

    @Override
    public void take(Taker taker) {
        var next = asked.remove();
        taker.taken(next.tag(), next.offset(), read(next.offset(), next.length()));
    }

    private ByteBuffer read(long offset, int length) {
        long from = direct ? offset / alignment * alignment : offset;
        int lead = (int) (offset - from);
        int span = direct ? Math.ceilDiv(lead + length, alignment) * alignment : length;
        if (buffer.capacity() < span) {
            buffer = aligned(span, alignment);
        }
        buffer.clear().limit(span);
        try {
            while (buffer.position() < lead + length) {
                int count = channel.read(buffer, from + buffer.position());
                if (count <= 0) {
                    throw new FaultException(BlockFault.TARGET_READ_FAILED,
                            path + " could not be read back at offset " + (from + buffer.position()),
                            "it ends there, " + (lead + length - buffer.position()) + " bytes too early");
                }
            }
        } catch (IOException e) {
            throw new FaultException(BlockFault.TARGET_READ_FAILED, path + " could not be read back at offset " + offset, e);
        }
        return buffer.position(lead).limit(lead + length);
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
