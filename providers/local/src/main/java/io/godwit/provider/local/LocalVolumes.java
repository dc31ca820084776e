package io.godwit.provider.local;

import io.godwit.model.disk.TargetSpec;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import io.godwit.protocol.DurableFile;
import io.godwit.protocol.JobCodec;
import io.godwit.provider.DestinationProvider.Volume;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import io.godwit.provider.SpiFault;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Volumes: raw sparse files, or qcow2 images without backing. A file gets its public name last, by a link that takes nobody else's place; before that, its record says which
/// inode it is. So a file under a recorded name is ours only while it is that inode, and a crash leaves nothing that no record names.
final class LocalVolumes {
    /// What we know of a volume.
    ///
    /// @param file its public name
    /// @param sizeBytes of the disk that is in it
    record VolumeRecord(String vmName, String diskKey, String file, String identity, long sizeBytes, Inode inode) {
        VolumeFormat format() {
            return VolumeFormat.of(Path.of(file));
        }

        /// Bytes that it may come to take.
        long mostBytes() {
            return format().mostBytes(sizeBytes);
        }
    }

    private static final Duration QEMU_IMG_LIMIT = Duration.ofMinutes(1);

    private final Pool pool;
    private final PoolSpace space;
    private final Supervisor programs;

    LocalVolumes(Pool pool, PoolSpace space, Supervisor programs) {
        this.pool = pool;
        this.space = space;
        this.programs = programs;
    }

    Volume ensure(VmMigrationId id, VolumeRequest request) {
        var owner = pool.owner(id);
        var format = space.format(request);
        var file = pool.volume(id, request.vmName(), request.diskKey(), format);
        try (var _ = pool.lock()) {
            owner.make();
            var record = read(owner, request.diskKey());
            if (record.isPresent() && !record.get().file().equals(file.toString())) {
                throw taken(file, "volume " + request.diskKey() + " of " + id + " is already " + record.get().file());
            }
            if (record.isPresent() && record.get().sizeBytes() == request.sizeBytes() && publish(owner, record.get())) {
                return volume(record.get());
            }
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw taken(file, record.isPresent() ? "it is not the file that we made" : "we did not make it");
            }
            space.requireRoom(format.mostBytes(request.sizeBytes()), "volume " + file);
            return volume(make(owner, request, file));
        } catch (IOException e) {
            throw LocalFault.translate("volume " + file + " cannot be made", e);
        }
    }

    private VolumeRecord make(OwnerFolder owner, VolumeRequest request, Path file) throws IOException {
        discardHalfMade(owner, request.diskKey());
        var identity = UUID.randomUUID().toString();
        var fresh = halfMade(owner, request.diskKey(), identity);
        makeFile(fresh, VolumeFormat.of(file), request.sizeBytes());
        DurableFile.syncFolder(owner.halfMade());
        var record = new VolumeRecord(request.vmName(), request.diskKey(), file.toString(), identity, request.sizeBytes(),
                Inode.of(fresh, pool.knowsBirth()));
        DurableFile.write(owner.volumeRecord(request.diskKey()), JobCodec.write(record));
        if (!publish(owner, record)) {
            throw new IOException(fresh + " vanished while it was given its name");
        }
        return record;
    }

    private void makeFile(Path fresh, VolumeFormat format, long sizeBytes) throws IOException {
        if (format == VolumeFormat.QCOW2) {
            try {
                programs.run(Command.of("qemu-img", "create", "-q", "-f", format.word(), fresh.toString(), Long.toString(sizeBytes))
                        .deadline(QEMU_IMG_LIMIT));
            } catch (ChildFailure e) {
                throw new IOException("qemu-img failed: " + e.why(), e);
            }
        }
        try (var bytes = new RandomAccessFile(fresh.toFile(), "rw")) {
            if (format == VolumeFormat.RAW) {
                bytes.setLength(sizeBytes);
            }
            bytes.getChannel().force(true);
        }
    }

    /// Gives a recorded file its name, where that did not happen yet; returns false where there is no such file any more.
    private boolean publish(OwnerFolder owner, VolumeRecord record) throws IOException {
        var file = Path.of(record.file());
        var fresh = halfMade(owner, record.diskKey(), record.identity());
        if (Files.exists(fresh)) {
            if (!isOurs(record, file)) {
                try {
                    Files.createLink(file, fresh);
                } catch (FileAlreadyExistsException e) {
                    throw taken(file, "it is not the file that we made");
                }
                DurableFile.syncFolder(pool.volumes());
            }
            Files.deleteIfExists(fresh);
            DurableFile.syncFolder(owner.halfMade());
        }
        return isOurs(record, file);
    }

    private boolean isOurs(VolumeRecord record, Path file) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && record.format().sizeBytes(file) == record.sizeBytes()
                && Inode.of(file, pool.knowsBirth()).equals(record.inode());
    }

    Optional<Volume> find(VmMigrationId id, String diskKey) {
        try {
            var record = read(pool.owner(id), diskKey);
            return record.isPresent() && isOurs(record.get(), Path.of(record.get().file()))
                    ? record.map(LocalVolumes::volume)
                    : Optional.empty();
        } catch (IOException e) {
            throw LocalFault.translate("volume " + diskKey + " of " + id + " cannot be looked at", e);
        }
    }

    /// Removes the file that we made, however long it is now, and never another one of its name.
    void delete(VmMigrationId id, String diskKey) {
        var owner = pool.owner(id);
        try (var _ = pool.lock()) {
            var record = read(owner, diskKey);
            if (record.isPresent()) {
                var file = Path.of(record.get().file());
                if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && Inode.of(file, pool.knowsBirth()).equals(record.get().inode())) {
                    Files.delete(file);
                    DurableFile.syncFolder(pool.volumes());
                }
            }
            discardHalfMade(owner, diskKey);
            Files.deleteIfExists(owner.volumeLock(diskKey));
            if (Files.deleteIfExists(owner.volumeRecord(diskKey))) {
                DurableFile.syncFolder(owner.volumeRecords());
            }
            owner.removeIfEmpty();
        } catch (IOException e) {
            throw LocalFault.translate("volume " + diskKey + " of " + id + " cannot be removed", e);
        }
    }

    TargetSpec locate(Volume volume) {
        try {
            for (var owner : pool.owners()) {
                var record = read(owner, volume.diskKey());
                if (record.isPresent() && record.get().identity().equals(volume.identity())) {
                    var lock = owner.volumeLock(volume.diskKey()).toString();
                    return switch (record.get().format()) {
                        case RAW -> new TargetSpec.RawFile(record.get().file(), lock);
                        case QCOW2 -> new TargetSpec.Qcow2File(record.get().file(), lock);
                    };
                }
            }
        } catch (IOException e) {
            throw LocalFault.translate("volume " + volume.ref() + " cannot be found", e);
        }
        throw new FaultException(SpiFault.OWNERSHIP_MISMATCH, "volume " + volume.ref() + " cannot be written",
                "no record in the pool has its identity " + volume.identity());
    }

    /// What is there of that owner's volumes, in words.
    List<String> leftovers(OwnerFolder owner) throws IOException {
        var left = new ArrayList<String>();
        for (var record : records(owner)) {
            var file = Path.of(record.file());
            var there = Files.exists(file, LinkOption.NOFOLLOW_LINKS) && Inode.of(file, pool.knowsBirth()).equals(record.inode());
            left.add("volume " + (there ? file : owner.volumeRecord(record.diskKey())));
        }
        return left;
    }

    static List<VolumeRecord> records(OwnerFolder owner) throws IOException {
        var records = new ArrayList<VolumeRecord>();
        for (var file : OwnerFolder.list(owner.volumeRecords())) {
            if (file.toString().endsWith(".json") && !String.valueOf(file.getFileName()).startsWith(".")) {
                Pool.read(file, VolumeRecord.class).ifPresent(records::add);
            }
        }
        return records;
    }

    private static Optional<VolumeRecord> read(OwnerFolder owner, String diskKey) throws IOException {
        return Pool.read(owner.volumeRecord(diskKey), VolumeRecord.class);
    }

    private static Path halfMade(OwnerFolder owner, String diskKey, String identity) {
        return owner.halfMade().resolve("volume-" + identity + "-" + diskKey);
    }

    private static void discardHalfMade(OwnerFolder owner, String diskKey) throws IOException {
        for (var file : OwnerFolder.list(owner.halfMade())) {
            var name = String.valueOf(file.getFileName());
            if (name.startsWith("volume-") && name.substring("volume-".length() + 36).equals("-" + diskKey)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static FaultException taken(Path file, String why) {
        return new FaultException(SpiFault.OWNERSHIP_MISMATCH, "volume " + file + " cannot be made", why);
    }

    private static Volume volume(VolumeRecord record) {
        return new Volume(record.diskKey(), record.file(), record.identity(), record.sizeBytes());
    }
}
