package io.godwit.convert;

import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import java.io.IOException;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Main of the short-lived child that looks into a guest: it loads the distribution's libguestfs binding from its path, so that native code
/// never runs in a worker. Reads an [InspectionRequest], prints `step NAME` when one begins, writes an [InspectionAnswer].
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

    private final Object handle;
    private final Map<String, String> notMounted = new TreeMap<>();
    private final Map<String, String> rootsElsewhere = new TreeMap<>();
    private String step = STARTING;

    private InspectGuest(Object handle) {
        this.handle = handle;
    }

    public static void main(String[] arguments) throws IOException {
        var request = JSON.readValue(System.in.readAllBytes(), InspectionRequest.class);
        InspectionAnswer answer;
        try (var loader = new URLClassLoader(new java.net.URL[]{Path.of(request.jar()).toUri().toURL()},
                InspectGuest.class.getClassLoader())) {
            var guest = new InspectGuest(loader.loadClass("com.redhat.et.libguestfs.GuestFS").getConstructor().newInstance());
            answer = guest.answer(request.sockets());
        } catch (ReflectiveOperationException | LinkageError e) {
            answer = InspectionAnswer.failed(STARTING, "the binding in " + request.jar() + " cannot be loaded: " + root(e));
        }
        Files.write(Path.of(request.answer()), JSON.writeValueAsBytes(answer));
    }

    private InspectionAnswer answer(List<String> sockets) {
        try {
            begin(STARTING);
            call("set_verbose", boolean.class, true);
            call("set_trace", boolean.class, true);
            for (var socket : sockets) {
                call("add_drive_opts", new Class<?>[]{String.class, Map.class}, "",
                        Map.of("readonly", true, "format", "raw", "protocol", "nbd", "server", new String[]{"unix:" + socket}));
            }
            call("launch");
            begin(LOOKING);
            var roots = (String[]) require(call("inspect_os"));
            var filesystems = filesystems();
            var encrypted = encryptedDevices();
            var incomplete = incompleteGroups();
            if (roots.length == 0) {
                tryToMount(filesystems);
            }
            begin(KERNELS);
            var systems = new ArrayList<GuestSystem>();
            for (var root : roots) {
                systems.add(system(root));
            }
            call("shutdown");
            call("close");
            return new InspectionAnswer(new GuestReport(systems, filesystems, encrypted), incomplete, notMounted, rootsElsewhere, true,
                    null, null);
        } catch (GuestfsException e) {
            return InspectionAnswer.failed(step, String.valueOf(e.getMessage()));
        }
    }

    private List<GuestFilesystem> filesystems() throws GuestfsException {
        var found = new ArrayList<GuestFilesystem>();
        for (var each : new TreeMap<>(strings(call("list_filesystems"))).entrySet()) {
            found.add(new GuestFilesystem(each.getKey(), each.getValue(), nameOf("vfs_uuid", each.getKey()),
                    nameOf("vfs_label", each.getKey())));
        }
        return found;
    }

    /// Inspection passes in silence over a file system that the kernel refuses.
    private void tryToMount(List<GuestFilesystem> filesystems) throws GuestfsException {
        for (var each : filesystems) {
            if (!NO_FILES.contains(each.type())) {
                mount(each.device(), "/");
                call("umount_all");
            }
        }
    }

    private boolean mount(String device, String point) {
        try {
            call("mount_ro", new Class<?>[]{String.class, String.class}, device, point);
            return true;
        } catch (GuestfsException e) {
            notMounted.put(device, String.valueOf(e.getMessage()).replaceAll(" on /dev/[^ ,.]+", "")); // the appliance's name for it
            return false;
        }
    }

    /// `list_filesystems` leaves out what is encrypted.
    private List<String> encryptedDevices() throws GuestfsException {
        var encrypted = new ArrayList<String>();
        for (var list : List.of("list_devices", "list_partitions", "lvs")) {
            for (var device : (String[]) require(call(list))) {
                if (ENCRYPTED.contains(String.valueOf(nameOf("vfs_type", device)))) {
                    encrypted.add(device);
                }
            }
        }
        return encrypted;
    }

    private @Nullable String nameOf(String call, String device) {
        try {
            var name = text(call, device);
            return name.isEmpty() ? null : name;
        } catch (GuestfsException e) {
            return null; // what is no file system has no name either
        }
    }

    /// LVM's own word: the fourth attribute of a group is `p` when a physical volume is not there.
    private List<String> incompleteGroups() throws GuestfsException {
        var incomplete = new ArrayList<String>();
        var groups = require(call("vgs_full"));
        try {
            for (int i = 0; i < Array.getLength(groups); i++) {
                var group = Array.get(groups, i);
                var attributes = (String) group.getClass().getField("vg_attr").get(group);
                if (attributes.length() > 3 && attributes.charAt(3) == 'p') {
                    incomplete.add((String) group.getClass().getField("vg_name").get(group));
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new GuestfsException("vgs_full gives something unknown: " + e);
        }
        return incomplete;
    }

    private GuestSystem system(String root) throws GuestfsException {
        var type = text("inspect_get_type", root);
        mount(root);
        try {
            var kernels = type.equals("linux") ? kernels() : List.<String>of();
            return new GuestSystem(root, type, text("inspect_get_distro", root), text("inspect_get_product_name", root),
                    (Integer) require(call("inspect_get_major_version", String.class, root)),
                    (Integer) require(call("inspect_get_minor_version", String.class, root)), text("inspect_get_arch", root),
                    text("inspect_get_hostname", root), kernels, virtio(root, type, kernels));
        } finally {
            call("umount_all");
        }
    }

    private void mount(String root) throws GuestfsException {
        var points = new TreeMap<String, String>(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        points.putAll(strings(call("inspect_get_mountpoints", String.class, root)));
        var named = points.put("/", root);
        if (named != null && !named.equals(root)) {
            rootsElsewhere.put(root, named);
        }
        for (var point : points.entrySet()) {
            if (!mount(point.getValue(), point.getKey()) && point.getKey().equals("/")) {
                throw new GuestfsException(notMounted.get(point.getValue()));
            }
        }
    }

    /// Versions that have both modules and an image.
    private List<String> kernels() throws GuestfsException {
        if (!(Boolean) require(call("is_dir", String.class, "/lib/modules"))) {
            return List.of();
        }
        var found = new ArrayList<String>();
        for (var version : (String[]) require(call("ls", String.class, "/lib/modules"))) {
            if (exists("/boot/vmlinuz-" + version) || exists("/boot/vmlinux-" + version)
                    || exists("/lib/modules/" + version + "/vmlinuz")) {
                found.add(version);
            }
        }
        return found;
    }

    private @Nullable Boolean virtio(String root, String type, List<String> kernels) throws GuestfsException {
        if (type.equals("windows")) {
            var drivers = text("inspect_get_windows_systemroot", root) + "/System32/drivers/";
            return existsInAnyCase(drivers + "viostor.sys") || existsInAnyCase(drivers + "vioscsi.sys");
        }
        if (kernels.isEmpty()) {
            return null;
        }
        for (var kernel : kernels) {
            var modules = new ArrayList<String>();
            for (var list : List.of("modules.builtin", "modules.dep")) {
                var file = "/lib/modules/" + kernel + "/" + list;
                if (exists(file)) {
                    modules.addAll(Arrays.asList((String[]) require(call("read_lines", String.class, file))));
                }
            }
            if (!VIRTIO_DISK.stream()
                    .allMatch(name -> modules.stream().anyMatch(line -> line.matches("[^:]*/" + name + "\\.ko(\\.\\w+)?(:.*)?")))) {
                return false;
            }
        }
        return true;
    }

    private boolean exists(String file) throws GuestfsException {
        return (Boolean) require(call("exists", String.class, file));
    }

    private boolean existsInAnyCase(String file) {
        try {
            return exists(text("case_sensitive_path", file));
        } catch (GuestfsException e) {
            return false; // a folder of the path is not there
        }
    }

    private void begin(String name) {
        step = name;
        say("step " + name);
    }

    @SuppressWarnings("SystemOut") // the parent reads it
    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private String text(String method, String argument) throws GuestfsException {
        return (String) require(call(method, String.class, argument));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> strings(@Nullable Object map) throws GuestfsException {
        return (Map<String, String>) require(map);
    }

    private static Object require(@Nullable Object value) throws GuestfsException {
        if (value == null) {
            throw new GuestfsException("libguestfs gave nothing");
        }
        return value;
    }

    private @Nullable Object call(String method) throws GuestfsException {
        return call(method, new Class<?>[]{});
    }

    private @Nullable Object call(String method, Class<?> type, Object argument) throws GuestfsException {
        return call(method, new Class<?>[]{type}, argument);
    }

    private @Nullable Object call(String method, Class<?>[] types, Object... arguments) throws GuestfsException {
        try {
            return handle.getClass().getMethod(method, types).invoke(handle, arguments);
        } catch (InvocationTargetException e) {
            throw new GuestfsException(method + ": " + root(e));
        } catch (ReflectiveOperationException e) {
            throw new GuestfsException("the binding has no " + method + ": " + e.getMessage());
        }
    }

    private static String root(Throwable e) {
        var cause = e;
        for (var next = e.getCause(); next != null; next = next.getCause()) {
            cause = next;
        }
        var message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static final class GuestfsException extends Exception {
        GuestfsException(@Nullable String message) {
            super(message);
        }
    }
}
