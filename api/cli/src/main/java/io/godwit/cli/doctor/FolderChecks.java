package io.godwit.cli.doctor;

import io.godwit.cli.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The folders that Godwit writes to: whether it may, on what, and whether there is room.
final class FolderChecks implements Check {
    private static final long MIB = 1 << 20;
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");
    private final Machine machine;
    private final Path data;
    private final List<Path> pools;

    /// @param enough below this it is a warning
    /// @param least below this nothing works
    record Room(long enough, long least) {}

    private static final Room FOR_DATA = new Room(1024 * MIB, 64 * MIB);
    private static final Room FOR_TEMPORARY_FILES = new Room(1024 * MIB, 128 * MIB);
    static final Room FOR_SOCKETS = new Room(64 * MIB, 8 * MIB);
    private static final Room FOR_VMS = new Room(10_240 * MIB, 1024 * MIB);

    FolderChecks(Machine machine, Path data, List<Path> pools) {
        this.machine = machine;
        this.data = data;
        this.pools = List.copyOf(pools);
    }

    @Override
    public List<Finding> examine() throws IOException {
        var findings = new ArrayList<Finding>();
        findings.addAll(data());
        findings.add(temporary());
        for (var pool : pools) {
            findings.addAll(pool(pool));
        }
        return findings;
    }

    List<Finding> data() throws IOException {
        var existing = Machine.existing(data);
        if (!Files.isWritable(existing) || !Files.isDirectory(existing)) {
            return List.of(Ailment.DATA_FOLDER_UNWRITABLE.at(existing, whyNot(existing)));
        }
        var room = room(Ailment.DATA_FOLDER_FULL, data, FOR_DATA);
        return isInMemory(existing) ? List.of(room, inMemory(Ailment.DATA_FOLDER_IN_MEMORY, data, existing)) : List.of(room);
    }

    private Finding temporary() throws IOException {
        var said = machine.variable("TMPDIR");
        var folder = Path.of(said.orElse(machine.file("tmp").toString()));
        if (!Files.isDirectory(folder)) {
            return Ailment.TEMPORARY_FOLDER_UNUSABLE.at(folder,
                    said.isPresent() ? "TMPDIR names it, and it is no folder" : "it is no folder");
        }
        return Files.isWritable(folder)
                ? room(Ailment.TEMPORARY_FOLDER_FULL, folder, FOR_TEMPORARY_FILES)
                : Ailment.TEMPORARY_FOLDER_UNUSABLE.at(folder, whyNot(folder));
    }

    private List<Finding> pool(Path pool) throws IOException {
        var parent = pool.toAbsolutePath().getParent();
        if (!Files.isDirectory(pool) && (Files.exists(pool) || parent == null || !Files.isDirectory(parent))) {
            return List.of(Ailment.POOL_MISSING.at(pool, Files.exists(pool) ? "it is no folder" : "there is neither it nor its parent"));
        }
        var existing = Machine.existing(pool);
        if (!Files.isWritable(existing)) {
            return List.of(Ailment.POOL_UNWRITABLE.at(existing, whyNot(existing)));
        }
        var room = room(Ailment.POOL_FULL, pool, FOR_VMS);
        return isInMemory(existing) ? List.of(room, inMemory(Ailment.POOL_IN_MEMORY, pool, existing)) : List.of(room);
    }

    static Finding room(Ailment ailment, Path folder, Room room) throws IOException {
        long free = Files.getFileStore(Machine.existing(folder)).getUsableSpace();
        if (free >= room.enough()) {
            return Finding.ok(ailment.subject(), Text.bytes(free) + " free for " + folder);
        }
        var found = ailment.at(folder, Text.bytes(free) + " are free there");
        return free < room.least() ? found : found.as(Finding.Verdict.WARN);
    }

    private String whyNot(Path folder) throws IOException {
        return Files.getFileStore(folder).isReadOnly()
                ? "its file system is mounted read-only"
                : machine.rights(folder);
    }

    private static boolean isInMemory(Path folder) throws IOException {
        return IN_MEMORY.contains(Files.getFileStore(folder).type());
    }

    private static Finding inMemory(Ailment ailment, Path folder, Path existing) throws IOException {
        return ailment.at(folder, "its file system is " + Files.getFileStore(existing).type());
    }
}
