package io.godwit.convert;

import io.godwit.export.NamelessFile;
import io.godwit.model.disk.WorkerJob.GuestKey;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The keys of a guest's encrypted devices for a tool of libguestfs: by files without a name, of which only `/proc` tells, to our user alone.
final class KeyFiles implements AutoCloseable {
    private final List<NamelessFile> files = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();

    private KeyFiles() {}

    /// Makes the files.
    ///
    /// @param folder ours alone
    static KeyFiles of(List<GuestKey> keys, ConverterTools tools, Path folder) {
        var made = new KeyFiles();
        try {
            for (var key : keys) {
                Files.createDirectories(folder);
                var file = NamelessFile.create(folder, "k" + made.files.size(), tools.secrets().apply(key.secret()));
                made.files.add(file);
                made.arguments.addAll(List.of("--key", key.device() + ":file:" + file.path()));
            }
            return made;
        } catch (IOException e) {
            made.close();
            throw new FaultException(ConverterFault.WORK_VOLUME_UNWRITABLE,
                    "a key could not be handed to libguestfs by a file in " + folder,
                    e);
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    /// `--key DEVICE:file:PATH`, for each.
    List<String> arguments() {
        return arguments;
    }

    @Override
    public void close() {
        for (var file : files) {
            try {
                file.close();
            } catch (IOException e) {
                System.getLogger(KeyFiles.class.getName()).log(System.Logger.Level.WARNING, "a file of a key was not closed", e);
            }
        }
    }
}
