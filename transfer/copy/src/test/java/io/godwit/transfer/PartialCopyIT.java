package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.Extent;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Copies of a part of a disk: changed extents, what differs from the last pass, an overlay.
class PartialCopyIT extends TargetFixture {
    @Test
    void refusesExtentsThatTheDiskDoesNotHave() throws IOException {
        for (var extent : List.of(new Extent(SIZE - 10, 11), new Extent(SIZE + 4096, 1))) {
            var disk = rig.disk(rig.sourceFile(), SIZE).scope(new CopyScope.ChangedExtents(List.of(extent)));
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                    .satisfies(e -> assertThat(e.fault().code()).isEqualTo(CopyFault.COPY_EXTENTS_OUTSIDE.name()))
                    .satisfies(e -> assertThat(e.fault().why()).contains(Long.toString(extent.offset())));
        }
    }

    @Test
    void writesChangedExtentsAndNothingElse() throws IOException {
        Rig.makeVolume(rig.target, SIZE);
        rig.copy(rig.disk(rig.sourceFile(), SIZE));
        var extents = new ArrayList<Extent>();
        var random = new Random(31);
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            for (int i = 0; i < 60; i++) {
                var bytes = new byte[1 + random.nextInt(300_000)];
                if (i % 3 > 0) { // else zeroes, written or punched
                    random.nextBytes(bytes);
                }
                var extent = new Extent(random.nextLong(SIZE - bytes.length), bytes.length);
                disk.seek(extent.offset());
                disk.write(bytes);
                extents.add(extent);
            }
        }
        var kept = new Extent(SIZE - 1, 1); // changed in the source, and not named: must stay as it was
        byte before;
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw"); var volume = new RandomAccessFile(rig.target.toFile(), "r")) {
            volume.seek(kept.offset());
            before = volume.readByte();
            disk.seek(kept.offset());
            disk.write(before + 1);
        }
        var changed = new DiskCopy("disk1", new ExportSpec.File(rig.source.toString(), null), "source-2",
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"),
                "target-1", SIZE, new CopyScope.ChangedExtents(extents));
        var report = rig.copy(changed);
        assertThat(report.verified()).isTrue();
        assertThat(report.dataBytes()).isLessThan(SIZE);
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            disk.seek(kept.offset());
            disk.write(before);
        }
        rig.requireEqual(rig.source, rig.target);
        assertThat(rig.copy(changed.scope(new CopyScope.ChangedExtents(extents.subList(0, 5)))).resumedBytes()).as("another list").isZero();
    }

    private DiskReport compare(String job, String identity) {
        var disk = new DiskCopy("disk1", new ExportSpec.File(rig.source.toString(), null), identity,
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"), "target-1", SIZE, new CopyScope.Differences());
        var order = new WorkerJob.Copy(new JobName(job), folder.toString(), List.of(), List.of(disk), CopyOptions.DEFAULT);
        return new DiskCopier(rig.exports, Rig.SETTINGS).copy(order, _ -> {
        }).disks().getFirst();
    }

    @Test
    void sendsOnlyWhatDiffersFromTheLastPass() throws IOException {
        var first = compare("pass-1", "s1"); // of a target that nothing is known of
        rig.requireEqual(rig.source, rig.target);
        assertThat(first.unchangedBytes()).isZero();
        change(rig.source, 5_000_000, new byte[]{1, 2, 3});
        change(rig.source, 9_000_000, new byte[400_000]); // zeroes
        change(rig.source, 12_000_000, new byte[]{7});
        var second = compare("pass-2", "s2");
        rig.requireEqual(rig.source, rig.target);
        assertThat(second.verified()).isTrue();
        assertThat(second.dataBytes()).isLessThanOrEqualTo(6 * 65536);
        assertThat(second.unchangedBytes()).isPositive();
        assertThat(compare("pass-3", "s3").dataBytes()).isZero();
    }

    @Test
    void doesNotCompareWithAPassThatAnotherJobHasFollowed() throws IOException {
        compare("pass-1", "s1");
        var before = Files.readAllBytes(rig.source);
        change(rig.source, 5_000_000, new byte[]{1, 2, 3});
        rig.copy(new DiskCopy("disk1", new ExportSpec.File(rig.source.toString(), null), "s2",
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"), "target-1", SIZE,
                new CopyScope.ChangedExtents(List.of(new Extent(5_000_000, 3)))));
        Files.write(rig.source, before); // as it was in the pass whose digests would be wrong now
        var after = compare("pass-3", "s3");
        rig.requireEqual(rig.source, rig.target);
        assertThat(after.unchangedBytes()).isZero();
    }

    @Test
    void doesNotCompareWithAPassThatWasNotFinished() throws IOException {
        compare("pass-1", "s1");
        change(rig.source, 5_000_000, new byte[]{1, 2, 3});
        try (var volume = new RandomAccessFile(rig.target.toFile(), "rw")) { // found by the read-back, since it is not written again
            volume.seek(20_000_000);
            volume.write(volume.read() ^ 1);
        }
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> compare("pass-2", "s2"))
                .matches(e -> e.fault().is(CopyFault.COPY_VERIFY_MISMATCH));
        assertThat(compare("pass-3", "s3").unchangedBytes()).isZero();
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void writesAnOverlayOntoTheVolumeThatItLiesOver() throws IOException {
        Files.copy(rig.source, rig.target, StandardCopyOption.REPLACE_EXISTING);
        var overlay = folder.resolve("overlay.qcow2");
        rig.supervisor.run(Command.of("qemu-img", "create", "-f", "qcow2", "-b", rig.target.toString(), "-F", "raw", overlay.toString()));
        var changes = List.of("-c", "write -P 99 123456 300000", "-c", "write -z 10M 5M", "-c", "discard 20M 1M");
        for (var image : List.of(List.of("qcow2", overlay.toString()), List.of("raw", rig.source.toString()))) {
            var words = new ArrayList<>(List.of("qemu-io", "-f", image.getFirst()));
            words.addAll(changes);
            words.add(image.getLast());
            rig.supervisor.run(Command.of(words));
        }
        try (var base = rig.exports.open(new ExportSpec.File(rig.target.toString(), null))) {
            rig.supervisor.run(
                    Command.of("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", base.uri().toString(), overlay.toString()));
        }
        var disk = new DiskCopy("disk1", new ExportSpec.Overlay(new ExportSpec.File(rig.target.toString(), null), "overlay.qcow2"),
                "overlay-1",
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"), "target-1", SIZE, new CopyScope.TopLayer());
        var report = rig.copy(disk);
        assertThat(report.verified()).isTrue();
        assertThat(report.dataBytes()).isBetween(300_000L, 1L << 20);
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void copiesNothingWhereNothingHasChanged() throws IOException {
        var disk = new DiskCopy("disk1", rig.sourceFile(), "source-1", new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"),
                "target-1", SIZE, new CopyScope.ChangedExtents(List.of()));
        var report = rig.copy(disk);
        assertThat(report.dataBytes() + report.zeroBytes()).isZero();
        assertThat(report.verified()).isTrue();
    }
}
