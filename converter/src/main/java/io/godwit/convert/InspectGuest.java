package io.godwit.convert;

import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Main of the short-lived child that looks into a guest. Reads an [InspectionRequest], prints `step NAME` when one begins, writes an
/// [InspectionAnswer].
public final class InspectGuest {
    static final String STARTING = "Starting the appliance";
    static final String LOOKING = "Inspecting the guest";
    static final String KERNELS = "Looking at kernels and drivers";
    private static final Set<String> ENCRYPTED = Set.of("crypto_LUKS", "BitLocker");
    /// What `list_filesystems` calls what cannot be mounted.
    private static final Set<String> NO_FILES = Set.of("unknown", "swap");
    /// What a kernel needs to find its root on a virtio disk.
    private static final List<String> VIRTIO_DISK = List.of("virtio_pci", "virtio_blk");
    private static final JsonMapper JSON = new JsonMapper();

    private final Guestfs guestfs;
    private final List<InspectionRequest.Key> keys;
    private final List<String> locked = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private final Map<String, String> notMounted = new TreeMap<>();
    private final Map<String, String> rootsElsewhere = new TreeMap<>();
    private String step = STARTING;

    private InspectGuest(Guestfs guestfs, List<InspectionRequest.Key> keys) {
        this.guestfs = guestfs;
        this.keys = keys;
    }

    public static void main(String[] arguments) throws IOException {
        var request = JSON.readValue(System.in.readAllBytes(), InspectionRequest.class);
        InspectionAnswer answer;
        try (var guestfs = Guestfs.load(request.jar())) {
            answer = new InspectGuest(guestfs, request.keys()).answer(request.sockets());
        } catch (Guestfs.Failure e) {
            answer = InspectionAnswer.failed(STARTING, String.valueOf(e.getMessage()));
        }
        Files.write(Path.of(request.answer()), JSON.writeValueAsBytes(answer));
    }

    private InspectionAnswer answer(List<String> sockets) {
        try {
            begin(STARTING);
            guestfs.launch(sockets);
            begin(LOOKING);
            var encrypted = unlock();
            var roots = (String[]) Guestfs.require(guestfs.call("inspect_os"));
            var filesystems = filesystems();
            var incomplete = incompleteGroups();
            if (roots.length == 0) {
                tryToMount(filesystems);
            }
            begin(KERNELS);
            var systems = new ArrayList<GuestSystem>();
            for (var root : roots) {
                systems.add(system(root));
            }
            guestfs.shutdown();
            return new InspectionAnswer(new GuestReport(systems, filesystems, encrypted), incomplete, notMounted, rootsElsewhere, locked,
                    refused, true,
                    null, null);
        } catch (Guestfs.Failure e) {
            return InspectionAnswer.failed(step, String.valueOf(e.getMessage()));
        }
    }

    private List<GuestFilesystem> filesystems() throws Guestfs.Failure {
        var found = new ArrayList<GuestFilesystem>();
        for (var each : new TreeMap<>(Guestfs.strings(guestfs.call("list_filesystems"))).entrySet()) {
            found.add(new GuestFilesystem(each.getKey(), each.getValue(), nameOf("vfs_uuid", each.getKey()),
                    nameOf("vfs_label", each.getKey())));
        }
        return found;
    }

    /// Inspection passes in silence over a file system that the kernel refuses.
    private void tryToMount(List<GuestFilesystem> filesystems) throws Guestfs.Failure {
        for (var each : filesystems) {
            if (!NO_FILES.contains(each.type())) {
                mount(each.device(), "/");
                guestfs.call("umount_all");
            }
        }
    }

    private boolean mount(String device, String point) {
        try {
            guestfs.call("mount_ro", new Class<?>[]{String.class, String.class}, device, point);
            return true;
        } catch (Guestfs.Failure e) {
            notMounted.put(device, String.valueOf(e.getMessage()).replaceAll(" on /dev/[^ ,.]+", "")); // the appliance's name for it
            return false;
        }
    }

    /// Opens what is encrypted, first disks and partitions, then what is on the LVM that these may hold; `list_filesystems` leaves it out.
    ///
    /// @return all encrypted devices
    private List<String> unlock() throws Guestfs.Failure {
        var encrypted = new ArrayList<String>();
        for (var list : List.of("list_devices", "list_partitions", "lvs")) {
            if (list.equals("lvs") && !encrypted.isEmpty()) {
                guestfs.call("lvm_scan", boolean.class, true);
            }
            for (var device : (String[]) Guestfs.require(guestfs.call(list))) {
                if (ENCRYPTED.contains(String.valueOf(nameOf("vfs_type", device)))) {
                    encrypted.add(device);
                    unlock(device);
                }
            }
        }
        return encrypted;
    }

    /// As virt-v2v does it, under the same name, so that a root device is called the same there.
    private void unlock(String device) {
        var uuid = String.valueOf(nameOf("vfs_uuid", device));
        var fitting = keys.stream().filter(key -> key.fits(device, uuid)).toList();
        if (fitting.isEmpty()) {
            locked.add(device);
            return;
        }
        for (var key : fitting) {
            try {
                guestfs.call("cryptsetup_open", new Class<?>[]{String.class, String.class, String.class}, device, key.passphrase(),
                        "luks-" + uuid);
                return;
            } catch (Guestfs.Failure e) {
                // another one may fit
            }
        }
        refused.add(device);
    }

    private @Nullable String nameOf(String call, String device) {
        try {
            var name = guestfs.text(call, device);
            return name.isEmpty() ? null : name;
        } catch (Guestfs.Failure e) {
            return null; // what is no file system has no name either
        }
    }

    /// LVM's own word: the fourth attribute of a group is `p` when a physical volume is not there.
    private List<String> incompleteGroups() throws Guestfs.Failure {
        var incomplete = new ArrayList<String>();
        var groups = Guestfs.require(guestfs.call("vgs_full"));
        try {
            for (int i = 0; i < Array.getLength(groups); i++) {
                var group = Array.get(groups, i);
                var attributes = (String) group.getClass().getField("vg_attr").get(group);
                if (attributes.length() > 3 && attributes.charAt(3) == 'p') {
                    incomplete.add((String) group.getClass().getField("vg_name").get(group));
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new Guestfs.Failure("vgs_full gives something unknown: " + e);
        }
        return incomplete;
    }

    private GuestSystem system(String root) throws Guestfs.Failure {
        var type = guestfs.text("inspect_get_type", root);
        mount(root);
        try {
            var kernels = type.equals("linux") ? kernels() : List.<String>of();
            return new GuestSystem(root, type, guestfs.text("inspect_get_distro", root), guestfs.text("inspect_get_product_name", root),
                    (Integer) Guestfs.require(guestfs.call("inspect_get_major_version", String.class, root)),
                    (Integer) Guestfs.require(guestfs.call("inspect_get_minor_version", String.class, root)),
                    guestfs.text("inspect_get_arch", root),
                    guestfs.text("inspect_get_hostname", root), kernels, virtio(root, type, kernels));
        } finally {
            guestfs.call("umount_all");
        }
    }

    private void mount(String root) throws Guestfs.Failure {
        var points = guestfs.mountPoints(root);
        var named = points.put("/", root);
        if (named != null && !named.equals(root)) {
            rootsElsewhere.put(root, named);
        }
        for (var point : points.entrySet()) {
            if (!mount(point.getValue(), point.getKey()) && point.getKey().equals("/")) {
                throw new Guestfs.Failure(notMounted.get(point.getValue()));
            }
        }
    }

    /// Versions that have both modules and an image.
    private List<String> kernels() throws Guestfs.Failure {
        if (!guestfs.isDirectory("/lib/modules")) {
            return List.of();
        }
        var found = new ArrayList<String>();
        for (var version : (String[]) Guestfs.require(guestfs.call("ls", String.class, "/lib/modules"))) {
            if (guestfs.exists("/boot/vmlinuz-" + version) || guestfs.exists("/boot/vmlinux-" + version)
                    || guestfs.exists("/lib/modules/" + version + "/vmlinuz")) {
                found.add(version);
            }
        }
        return found;
    }

    private @Nullable Boolean virtio(String root, String type, List<String> kernels) throws Guestfs.Failure {
        if (type.equals("windows")) {
            var drivers = guestfs.text("inspect_get_windows_systemroot", root) + "/System32/drivers/";
            return existsInAnyCase(drivers + "viostor.sys") || existsInAnyCase(drivers + "vioscsi.sys");
        }
        if (kernels.isEmpty()) {
            return null;
        }
        for (var kernel : kernels) {
            var modules = new ArrayList<String>();
            for (var list : List.of("modules.builtin", "modules.dep")) {
                var file = "/lib/modules/" + kernel + "/" + list;
                if (guestfs.exists(file)) {
                    modules.addAll(Arrays.asList((String[]) Guestfs.require(guestfs.call("read_lines", String.class, file))));
                }
            }
            if (!VIRTIO_DISK.stream()
                    .allMatch(name -> modules.stream().anyMatch(line -> line.matches("[^:]*/" + name + "\\.ko(\\.\\w+)?(:.*)?")))) {
                return false;
            }
        }
        return true;
    }

    private boolean existsInAnyCase(String file) {
        try {
            return guestfs.exists(guestfs.text("case_sensitive_path", file));
        } catch (Guestfs.Failure e) {
            return false; // a folder of the path is not there
        }
    }

    private void begin(String name) {
        step = name;
        Guestfs.beginStep(name);
    }
}
