package io.godwit.convert;

import io.godwit.convert.KvmProbe.Acceleration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a kernel was seen to do under KVM, in a file of this user (`.godwit-kvm-UID`): each worker would lose seconds in finding it again. It is of use until the machine is
/// started again, the kernel changes, or KVM's module is loaded anew, which makes another device.
final class KvmMemory {
    private static final String WORKS = "KVM works";
    private static final String WORKS_NOT = "KVM does not work";

    private final Path folder;
    private final Path device;
    private final Path kernel;

    KvmMemory(Path folder, Path device, Path kernel) {
        this.folder = folder;
        this.device = device;
        this.kernel = kernel;
    }

    private Path file() throws IOException {
        return folder.resolve(".godwit-kvm-" + user());
    }

    private static Object user() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    /// Of what the answer is.
    private String key() throws IOException {
        var key = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        if (Files.exists(device)) {
            key += " " + Files.getAttribute(device, "unix:ino") + " " + Files.getAttribute(device, "unix:ctime");
        }
        return key + " " + kernel + " " + Files.getLastModifiedTime(kernel);
    }

    /// `null` where nothing is known, or by another user's word.
    @Nullable
    Acceleration recall() {
        try {
            var file = file();
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    || !user().equals(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
                return null;
            }
            var lines = Files.readAllLines(file);
            if (lines.size() != 3 || !lines.getFirst().equals(key()) || !List.of(WORKS, WORKS_NOT).contains(lines.get(1))) {
                return null;
            }
            return new Acceleration(lines.get(1).equals(WORKS), lines.get(2));
        } catch (IOException e) {
            return null;
        }
    }

    void keep(Acceleration answer) {
        @Nullable
        Path fresh = null;
        try {
            fresh = Files.createTempFile(folder, ".godwit-kvm-", ".new");
            Files.write(fresh, List.of(key(), answer.kvm() ? WORKS : WORKS_NOT, answer.why().lines().findFirst().orElse("")));
            Files.move(fresh, file(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            System.getLogger(KvmMemory.class.getName()).log(System.Logger.Level.DEBUG, "what was found about KVM is not remembered", e);
            KvmProbe.delete(fresh);
        }
    }
}
