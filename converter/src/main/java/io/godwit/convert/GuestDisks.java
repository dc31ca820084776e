package io.godwit.convert;

import io.godwit.model.disk.WorkerJob.DiskInput;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// How libguestfs and virt-v2v call a VM's disks: by their order, whatever the guest itself calls them.
final class GuestDisks {
    private GuestDisks() {}

    /// Each device with the disk that it is, for who has to find the disk that a message names.
    static String named(List<DiskInput> disks) {
        return IntStream.range(0, disks.size()).mapToObj(i -> "/dev/sd" + letters(i) + " is " + disks.get(i).key())
                .collect(Collectors.joining(", "));
    }

    /// `a`, ... `z`, `aa`, ...
    static String letters(int index) {
        var last = String.valueOf((char) ('a' + index % 26));
        return index < 26 ? last : letters(index / 26 - 1) + last;
    }
}
