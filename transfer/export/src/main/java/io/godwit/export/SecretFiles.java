package io.godwit.export;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Hands secrets and other texts to programs by files.
final class SecretFiles {
    private final Path folder;
    private final Function<String, @Nullable String> secrets;
    private final AtomicInteger names = new AtomicInteger();
    private final List<Renewed> renewed = new CopyOnWriteArrayList<>();

    private static final class Renewed {
        final NamelessFile file;
        final Supplier<String> text;
        String last;

        Renewed(NamelessFile file, Supplier<String> text, String last) {
            this.file = file;
            this.text = text;
            this.last = last;
        }
    }

    /// @param folder ours alone
    SecretFiles(Path folder, Function<String, @Nullable String> secrets) {
        this.folder = folder;
        this.secrets = secrets;
    }

    /// The value of a secret, without the newline that files of one line end with.
    ///
    /// @param use what it is needed for, for people
    /// @throws FaultException `EXPORT_SECRET_MISSING`, `EXPORT_SECRET_INVALID` when it has several lines
    String line(String secret, String use) {
        var value = text(secret, use).replaceFirst("\\r?\\n$", "");
        if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
            throw new FaultException(ExportFault.EXPORT_SECRET_INVALID, "the secret " + secret + ", " + use + ", cannot be used",
                    "it has several lines");
        }
        return value;
    }

    /// The value of a secret as it is.
    String text(String secret, String use) {
        var value = secrets.apply(secret);
        if (value == null) {
            throw new FaultException(ExportFault.EXPORT_SECRET_MISSING, use + " has no value",
                    "the job carries no secret named " + secret);
        }
        return value;
    }

    /// A file that holds this text until the export is closed, and again whatever the supplier gives when secrets are renewed.
    ///
    /// @param undo collects what ends the file
    Path of(Supplier<String> text, Consumer<Runnable> undo) {
        var now = text.get();
        try {
            var file = NamelessFile.create(folder, "k" + names.incrementAndGet(), now);
            var entry = new Renewed(file, text, now);
            renewed.add(entry);
            undo.accept(() -> {
                renewed.remove(entry);
                close(file);
            });
            return file.path();
        } catch (IOException e) {
            throw new FaultException(ExportFault.EXPORT_NOT_STARTED, "a text could not be handed to a program by a file in " + folder, e);
        }
    }

    /// A folder with one file, for what is no secret.
    Path folderOf(String name, String text, Consumer<Runnable> undo) {
        var place = folder.resolve("d" + names.incrementAndGet());
        try {
            Files.createDirectory(place, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            undo.accept(() -> {
                Exports.delete(place.resolve(name));
                Exports.delete(place);
            });
            Files.writeString(place.resolve(name), text);
            return place;
        } catch (IOException e) {
            throw new FaultException(ExportFault.EXPORT_NOT_STARTED, "a text could not be handed to a program by a file in " + folder, e);
        }
    }

    /// Writes anew what was made of secrets that have other values by now.
    void renew() {
        var failures = new ArrayList<Exception>();
        for (var each : renewed) {
            synchronized (each) {
                try {
                    var now = each.text.get();
                    if (!now.equals(each.last)) {
                        each.file.write(now);
                        each.last = now;
                    }
                } catch (IOException | FaultException e) {
                    failures.add(e);
                }
            }
        }
        if (!failures.isEmpty()) {
            throw new FaultException(ExportFault.EXPORT_SECRET_INVALID, "renewed secrets could not be handed on", failures.getFirst());
        }
    }

    private static void close(NamelessFile file) {
        try {
            file.close();
        } catch (IOException e) {
            System.getLogger(SecretFiles.class.getName()).log(System.Logger.Level.WARNING, "a file of a secret was not closed", e);
        }
    }
}
