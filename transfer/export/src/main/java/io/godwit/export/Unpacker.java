package io.godwit.export;

import io.godwit.model.disk.ExportSpec.Packing;
import io.godwit.model.disk.ExportSpec.Unpacked;
import io.godwit.model.disk.Gunzip;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.ZipException;

/// Makes packed files whole in the work volume, each once. Under its name a file is always complete: it is written beside, flushed, and then renamed;
/// what a killed worker left is begun anew.
final class Unpacker {
    private static final int BLOCK = 1 << 20;

    private final Path workVolume;

    Unpacker(Path workVolume) {
        this.workVolume = workVolume;
    }

    /// The whole file, made now where it is not there yet.
    ///
    /// @param parts opened only where it must be made
    /// @throws FaultException `WORK_VOLUME_FULL`, `PACKED_FILE_DAMAGED`, `PACKED_FILE_TOO_LARGE`
    synchronized Path require(Unpacked packed, Supplier<List<ByteWindow>> parts) {
        var whole = workVolume.resolve(packed.file());
        if (Files.exists(whole)) {
            return whole;
        }
        var beside = whole.resolveSibling(whole.getFileName() + ".part");
        try {
            Files.createDirectories(beside.getParent());
            Files.deleteIfExists(beside);
            requireSpace(packed, beside);
            try {
                write(packed, parts.get(), beside);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(beside); // its space is needed, and nothing goes on from it
                throw e;
            }
            Files.move(beside, whole, StandardCopyOption.ATOMIC_MOVE);
            try (var folder = FileChannel.open(whole.getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
            return whole;
        } catch (ZipException | java.io.EOFException e) {
            throw new FaultException(ExportFault.PACKED_FILE_DAMAGED, what(packed) + " could not be unpacked", e);
        } catch (IOException e) {
            var full = String.valueOf(e.getMessage()).contains("No space left");
            throw new FaultException(full ? ExportFault.WORK_VOLUME_FULL : ExportFault.WORK_VOLUME_FAILED,
                    what(packed) + " could not be unpacked to " + whole, e);
        }
    }

    private static String what(Unpacked packed) {
        return "the packed image of " + packed.parts().size() + (packed.parts().size() == 1 ? " file" : " files");
    }

    private static void requireSpace(Unpacked packed, Path beside) throws IOException {
        long free = Files.getFileStore(beside.getParent()).getUsableSpace();
        if (free < packed.sizeBytes()) {
            throw new FaultException(ExportFault.WORK_VOLUME_FULL, what(packed) + " was not unpacked to " + beside.getParent(),
                    "it takes about " + packed.sizeBytes() + " bytes there, and " + free + " are free");
        }
    }

    private static void write(Unpacked packed, List<ByteWindow> parts, Path beside) throws IOException {
        try (var out = FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                var joined = new Joined(parts);
                var in = packed.packing() == Packing.GZIP ? new Gunzip(joined) : joined) {
            long written = 0;
            for (var block = in.readNBytes(BLOCK); block.length > 0; block = in.readNBytes(BLOCK)) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new FaultException(ExportFault.WORK_VOLUME_FAILED, what(packed) + " could not be unpacked",
                            "the job was stopped");
                }
                written += block.length;
                if (written > packed.limitBytes()) {
                    throw new FaultException(ExportFault.PACKED_FILE_TOO_LARGE, what(packed) + " was not unpacked to its end",
                            "it has more than " + packed.limitBytes() + " bytes, which no image of its disk has");
                }
                if (!isZero(block)) {
                    writeAll(out, block, written - block.length);
                }
            }
            if (out.size() < written) { // it ends with zeroes
                writeAll(out, new byte[1], written - 1);
            }
            out.force(true);
        }
    }

    private static void writeAll(FileChannel out, byte[] block, long at) throws IOException {
        var bytes = ByteBuffer.wrap(block);
        while (bytes.hasRemaining()) {
            out.write(bytes, at + bytes.position());
        }
    }

    private static boolean isZero(byte[] block) {
        for (var each : block) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    /// The parts as one stream.
    private static final class Joined extends InputStream {
        private final List<ByteWindow> parts;
        private int part;
        private long at;

        Joined(List<ByteWindow> parts) {
            this.parts = parts;
        }

        @Override
        public int read() {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            skipEnded();
            if (part == parts.size()) {
                return -1;
            }
            var window = parts.get(part);
            int count = (int) Math.min(Math.min(length, BLOCK), window.length() - at);
            window.read(at, count).get(into, offset, count);
            at += count;
            return count;
        }

        private void skipEnded() {
            while (part < parts.size() && at >= parts.get(part).length()) {
                part++;
                at = 0;
            }
        }
    }
}
