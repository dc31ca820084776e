package io.godwit.export;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The bytes of an image where they lie, for a look at its header before any tool sees it.
interface ByteWindow {
    long length();

    /// Name for people.
    String what();

    /// That many bytes, all of them, little endian.
    ByteBuffer read(long offset, int count);

    default void requireInside(long offset, long count) {
        if (offset < 0 || count < 0 || offset > length() - count) {
            throw new FaultException(ExportFault.IMAGE_TRUNCATED, what() + " could not be read at offset " + offset,
                    "it has only " + length() + " bytes, and " + count + " were to be read there");
        }
    }

    /// Part of another window.
    static ByteWindow part(ByteWindow whole, long from, long length) {
        whole.requireInside(from, length);
        return new ByteWindow() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public String what() {
                return whole.what() + " at " + from;
            }

            @Override
            public ByteBuffer read(long offset, int count) {
                requireInside(offset, count);
                return whole.read(from + offset, count);
            }
        };
    }

    /// A file; opened for each read, since headers take a handful of them.
    record OfFile(Path file, long length) implements ByteWindow {
        @Override
        public String what() {
            return file.toString();
        }

        @Override
        public ByteBuffer read(long offset, int count) {
            requireInside(offset, count);
            var bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
            try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
                while (bytes.hasRemaining()) {
                    if (channel.read(bytes, offset + bytes.position()) < 0) {
                        throw new FaultException(ExportFault.IMAGE_TRUNCATED, file + " could not be read at offset " + offset,
                                "the file ended early");
                    }
                }
            } catch (IOException e) {
                throw new FaultException(ExportFault.SOURCE_FILE_UNREADABLE, file + " could not be read at offset " + offset, e);
            }
            return bytes.flip();
        }
    }
}
