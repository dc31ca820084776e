package io.godwit.model.disk;

import java.util.List;

/// What a job that ended well found or made.
public sealed interface JobResult {
    record Inspected(GuestReport guest) implements JobResult {}

    /// All overlays were flushed and checked.
    ///
    /// @param log path of the tool's log, relative to the work volume
    record Converted(int generation, ConversionReport report, List<ConvertedDisk> disks, String log) implements JobResult {}

    record Copied(List<DiskReport> disks) implements JobResult {}

    record Committed(List<DiskReport> disks) implements JobResult {}

    record BootChecked(BootReport boot) implements JobResult {}

    /// One overlay: its path relative to the work volume, and an identity that changes with its bytes.
    record ConvertedDisk(String key, String overlay, String identity) {}
}
