package io.godwit.worker;

import io.godwit.model.fault.FaultException;
import io.godwit.transfer.DiskCopier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The files that `godwit copy` is given: none may be two things, and what is to be written over must be one of ours. Looks, and touches nothing.
final class CopyFiles {
    private final String source;
    private final String target;

    CopyFiles(String source, String target) {
        this.source = source;
        this.target = target;
    }

    private record Purpose(String name, String word, boolean written, List<DiskPlace> places) {
        static Purpose of(String name, String word, boolean written) {
            try {
                return new Purpose(name, word, written, CopyEnds.places(word));
            } catch (IOException | IllegalArgumentException e) { // whoever opens it will say so
                return new Purpose(name, word, written, List.of());
            }
        }

        boolean clashes(Purpose other) {
            return (written || other.written)
                    && places.stream().anyMatch(place -> other.places.stream().anyMatch(place::overlaps));
        }
    }

    /// @throws FaultException when what is written is at the same time something else
    void requireApart(@Nullable Path checkpoint, @Nullable Path report, @Nullable Path changedExtents) {
        var from = Purpose.of("SOURCE", source, false);
        var to = Purpose.of("TARGET", target, true);
        if (from.clashes(to)) {
            throw new FaultException(WorkerFault.COPY_SOURCE_IS_TARGET, source + " cannot be copied to " + target,
                    "they are the same bytes, and would be lost before they are read");
        }
        var all = new ArrayList<>(List.of(from, to));
        if (changedExtents != null) {
            all.add(Purpose.of("--changed-extents", changedExtents.toString(), false));
        }
        if (report != null) {
            all.add(Purpose.of("--report", report.toString(), true));
        }
        requireApart(all);
        if (checkpoint != null) {
            for (var file : written(checkpoint)) {
                var purpose = Purpose.of("--checkpoint", file.toString(), true);
                all.forEach(other -> requireNoClash(other, purpose));
            }
        }
    }

    private static void requireApart(List<Purpose> all) {
        for (int i = 1; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                requireNoClash(all.get(j), all.get(i));
            }
        }
    }

    private static void requireNoClash(Purpose first, Purpose second) {
        if (first.clashes(second)) {
            throw new FaultException(WorkerFault.COPY_FILE_TWICE, second.name + " cannot be " + second.word,
                    "that is " + first.name + ", and would be written over");
        }
    }

    private static List<Path> written(Path checkpoint) {
        var all = new ArrayList<>(List.of(checkpoint));
        all.addAll(DiskCopier.besideCheckpoint(checkpoint));
        return all;
    }

    /// @throws FaultException when it, or a file beside it that would be removed with it, is there and no checkpoint, or another copy's
    static void requireCheckpoint(Path checkpoint) {
        var folder = checkpoint.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw unfit(checkpoint, "there is no folder " + folder);
        }
        for (var file : written(checkpoint)) {
            try {
                if (!Files.exists(file)) {
                    continue;
                }
                if (!Files.isRegularFile(file)) {
                    throw unfit(file, "it is no file");
                }
                if (Files.size(file) > 0 && !DiskCopier.isCheckpoint(file)) {
                    throw unfit(file, "it holds something else, which would be lost");
                }
                DiskCopier.requireUnused(file);
            } catch (IOException e) {
                throw unfit(file, String.valueOf(e.getMessage()));
            }
        }
    }

    private static FaultException unfit(Path file, String why) {
        return new FaultException(WorkerFault.COPY_CHECKPOINT_UNFIT, file + " cannot be the checkpoint", why);
    }
}
