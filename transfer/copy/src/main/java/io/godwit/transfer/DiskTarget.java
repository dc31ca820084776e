package io.godwit.transfer;

import io.godwit.blockio.BlockFault;
import io.godwit.blockio.BlockSink;
import io.godwit.blockio.FileSink;
import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSink;
import io.godwit.export.Export;
import io.godwit.export.Exports;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.transfer.DiskTransfer.Place;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The target of one disk, opened for one try: a file, a device or a server, which is one of ours where only QEMU can write the volume. Its size
/// is that of the disk, or may be more where that is no harm.
final class DiskTarget implements AutoCloseable {
    private final DiskCopy disk;
    private final Place place;
    private final @Nullable Export image;
    private final BlockSink sink;

    private DiskTarget(DiskCopy disk, Place place, @Nullable Export image, BlockSink sink) {
        this.disk = disk;
        this.place = place;
        this.image = image;
        this.sink = sink;
    }

    /// @param first whether it was not open before: a server that was never reached is not one that was lost
    static DiskTarget open(DiskCopy disk, Place place, Path workVolume, Exports exports, NbdSettings nbd, boolean first) {
        var target = switch (disk.target()) {
            case TargetSpec.Qcow2File(var path, _) -> served(disk, place, exports.openVolume(workVolume.resolve(path)), nbd);
            case TargetSpec.RawFile(var path, _) -> new DiskTarget(disk, place, null, openFile(disk, place, workVolume.resolve(path)));
            case TargetSpec.BlockDevice(var path, _) -> new DiskTarget(disk, place, null, FileSink.open(workVolume.resolve(path)));
            case TargetSpec.Nbd(var uri) -> new DiskTarget(disk, place, null, first ? reach(uri, nbd) : NbdSink.open(uri, nbd));
        };
        try {
            target.requireFitting();
            return target;
        } catch (RuntimeException e) {
            target.close();
            throw e;
        }
    }

    private static DiskTarget served(DiskCopy disk, Place place, Export image, NbdSettings nbd) {
        try {
            return new DiskTarget(disk, place, image, NbdSink.open(image.uri(), nbd));
        } catch (RuntimeException e) {
            image.close();
            throw e;
        }
    }

    /// A file that is wholly written over gets the size that it needs.
    private static FileSink openFile(DiskCopy disk, Place place, Path file) {
        if (place.alone() == null) {
            return FileSink.open(file);
        }
        return disk.scope() instanceof CopyScope.Everything
                ? FileSink.openUnused(file, disk.sizeBytes(), () -> forgetCheckpoint(disk, place))
                : FileSink.openUnused(file);
    }

    /// What it tells of is about to be lost.
    private static void forgetCheckpoint(DiskCopy disk, Place place) {
        if (place.lasting() && Files.exists(place.checkpoint())) {
            System.getLogger(DiskTarget.class.getName()).log(System.Logger.Level.WARNING,
                    "{0}: {1} has another size than the source: a new copy from zero", place.checkpoint(), disk.target().place());
        }
        Checkpoint.forget(place.checkpoint());
    }

    private static NbdSink reach(URI uri, NbdSettings nbd) {
        try {
            return NbdSink.open(uri, nbd);
        } catch (FaultException e) {
            if (e.getCause() instanceof FaultException cause && cause.fault().is(BlockFault.NBD_UNREACHABLE)) {
                throw new FaultException(Fault.of(BlockFault.TARGET_SERVER_UNREACHABLE, cause.fault().what(), cause.fault().why()), cause);
            }
            throw e;
        }
    }

    /// A device or an export that a disk alone is copied to may be longer than it: where they are made, sizes are rounded up.
    private void requireFitting() {
        long bytes = disk.sizeBytes();
        long targetBytes = sink.sizeBytes();
        if (place.alone() == null && targetBytes != bytes) {
            throw new FaultException(CopyFault.COPY_TARGET_SIZE_WRONG, place.nameOf(disk) + " cannot be copied to " + disk.target().place(),
                    "the disk has " + bytes + " bytes, the volume " + targetBytes);
        }
        if (targetBytes < bytes || (targetBytes > bytes && disk.target() instanceof TargetSpec.RawFile)) {
            throw new FaultException(CopyFault.COPY_SIZES_UNFIT, "the disk cannot be copied to " + disk.target().place(),
                    "the source has " + bytes + " bytes, the target " + targetBytes);
        }
    }

    BlockSink sink() {
        return sink;
    }

    /// What was cut off meanwhile reads as zero, and so as proven where there are zeroes.
    ///
    /// @throws FaultException `COPY_TARGET_SIZE_WRONG`
    void requireSameSize() {
        long now = sink.sizeNow();
        if (now != sink.sizeBytes()) {
            throw new FaultException(CopyFault.COPY_TARGET_SIZE_WRONG, place.nameOf(disk) + " was not copied to " + disk.target().place(),
                    "the volume had " + sink.sizeBytes() + " bytes and now has " + now);
        }
    }

    @Override
    public void close() {
        try (image; sink) {
            // the sink first
        }
    }
}
