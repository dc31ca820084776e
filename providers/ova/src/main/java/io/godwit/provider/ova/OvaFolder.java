package io.godwit.provider.ova;

import io.godwit.model.fault.Fault;
import io.godwit.model.inventory.Inventory.Unreadable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// The packages of a provider, `.ova` files and `.ovf` files with theirs beside them: the one that its URL names, or those in the folder and in its folders, not deeper.
/// Links inside the folder are not followed: who may write there need not be who may read the rest of this machine.
final class OvaFolder implements Packages {
    private static final int MAX_FILES = 10_000;
    private static final int MAX_ENTRIES = 100_000;
    private static final int LOOK_AT = 10_000;

    private final Path root;

    OvaFolder(Path root) {
        this.root = root;
    }

    static boolean isOvaName(Path path) {
        var name = path.getFileName();
        return name != null && !name.toString().startsWith(".") && name.toString().toLowerCase(Locale.ROOT).matches("(?s).*\\.ov[af]");
    }

    /// Whether the folder, or one of its folders, has a file by such a name: where [#list] looks, the folder itself first, at no more than so many entries.
    static boolean holdsAny(Path folder) throws IOException {
        var unseen = LOOK_AT;
        var folders = new ArrayDeque<>(List.of(folder));
        for (boolean top = true; !folders.isEmpty() && unseen > 0; top = false) {
            try (var entries = Files.newDirectoryStream(folders.removeFirst())) {
                for (var each = entries.iterator(); each.hasNext() && unseen > 0; unseen--) {
                    var entry = each.next();
                    if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                        if (isOvaName(entry)) {
                            return true;
                        }
                    } else if (top && !nameOf(entry).startsWith(".")) {
                        folders.add(entry);
                    }
                }
            } catch (DirectoryIteratorException e) {
                if (top) {
                    throw e.getCause();
                }
            } catch (IOException e) {
                if (top) {
                    throw e;
                }
            }
        }
        return false;
    }

    @Override
    public Listing list() {
        var files = new ArrayList<Entry>();
        var unreadable = new ArrayList<Unreadable>();
        if (Files.isDirectory(root)) {
            list(root, true, files, unreadable);
        } else {
            var folder = root.getParent();
            files.add(new Entry(new PackagePlace.Local(root), nameOf(root), ".", folder == null ? "." : nameOf(folder)));
        }
        files.sort(Comparator.comparing(Entry::id));
        return new Listing(List.copyOf(files), List.copyOf(unreadable));
    }

    private void list(Path folder, boolean descend, List<Entry> files, List<Unreadable> unreadable) {
        try (var entries = Files.newDirectoryStream(folder)) {
            var seen = 0;
            for (var entry : entries) {
                if (++seen > MAX_ENTRIES || files.size() > MAX_FILES) {
                    throw OvaFault.OVA_TOO_LARGE.because("the folder " + folder + " cannot be listed",
                            "it holds more than " + MAX_FILES + " OVA files or " + MAX_ENTRIES + " entries");
                }
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    if (descend && !nameOf(entry).startsWith(".")) {
                        list(entry, false, files, unreadable);
                    }
                } else if (isOvaName(entry)) {
                    if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                        files.add(new Entry(new PackagePlace.Local(entry), idOf(entry), folder.equals(root) ? "." : idOf(folder),
                                nameOf(folder)));
                    } else {
                        unreadable.add(new Unreadable(idOf(entry), Fault.of(OvaFault.OVA_UNREADABLE, entry + " was not opened",
                                Files.isSymbolicLink(entry) ? "it is a link" : "it is not a plain file")));
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            var fault = OvaFault.OVA_UNREADABLE.because("the folder " + folder + " cannot be listed", e);
            if (folder.equals(root)) {
                throw fault;
            }
            unreadable.add(new Unreadable(idOf(folder), fault.fault()));
        }
    }

    private String idOf(Path entry) {
        var relative = new ArrayList<String>();
        root.relativize(entry).forEach(part -> relative.add(part.toString()));
        return String.join("/", relative);
    }

    private static String nameOf(Path path) {
        var name = path.getFileName();
        return name == null ? path.toString() : name.toString();
    }
}
