package io.godwit.convert;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The distribution's libguestfs binding, loaded from its path in a short-lived child, so that native code never runs in a worker.
final class Guestfs implements AutoCloseable {
    static final String STEP = "step ";

    private final URLClassLoader loader;
    private final Object handle;

    private Guestfs(URLClassLoader loader, Object handle) {
        this.loader = loader;
        this.handle = handle;
    }

    /// @throws Failure when the binding cannot be loaded, or a variable `LIBGUESTFS_*` is not understood: a handle that reads them while it is made
    ///         leaves out the rest in silence
    static Guestfs load(String jar) throws Failure {
        try {
            var loader = new URLClassLoader(new URL[]{Path.of(jar).toUri().toURL()}, Guestfs.class.getClassLoader());
            var guestfs = new Guestfs(loader, loader.loadClass("com.redhat.et.libguestfs.GuestFS").getConstructor(Map.class)
                    .newInstance(Map.of("environment", false)));
            guestfs.call("parse_environment");
            return guestfs;
        } catch (IOException | ReflectiveOperationException | LinkageError e) {
            throw new Failure("the binding in " + jar + " cannot be loaded: " + root(e));
        }
    }

    /// Tells the parent.
    @SuppressWarnings("SystemOut") // the parent reads it
    static void beginStep(String name) {
        System.out.println(STEP + name);
        System.out.flush();
    }

    /// Starts the appliance over disks that nothing is written to.
    ///
    /// @param sockets NBD sockets of the disks, in order
    void launch(List<String> sockets) throws Failure {
        call("set_verbose", boolean.class, true);
        call("set_trace", boolean.class, true);
        for (var socket : sockets) {
            call("add_drive_opts", new Class<?>[]{String.class, Map.class}, "",
                    Map.of("readonly", true, "format", "raw", "protocol", "nbd", "server", new String[]{"unix:" + socket}));
        }
        call("launch");
    }

    /// Ends the appliance.
    void shutdown() throws Failure {
        call("shutdown");
        call("close");
    }

    /// Where the system on that root has its file systems by its own word, the root itself first.
    ///
    /// @return device by mount point
    SortedMap<String, String> mountPoints(String root) throws Failure {
        var points = new TreeMap<String, String>(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        points.putAll(strings(call("inspect_get_mountpoints", String.class, root)));
        return points;
    }

    boolean exists(String file) throws Failure {
        return (Boolean) require(call("exists", String.class, file));
    }

    boolean isDirectory(String file) throws Failure {
        return (Boolean) require(call("is_dir", String.class, file));
    }

    /// Whether it is a file itself: no link, pipe or device.
    boolean isFile(String file) throws Failure {
        return (Boolean) require(call("is_file", String.class, file));
    }

    String text(String method, String argument) throws Failure {
        return (String) require(call(method, String.class, argument));
    }

    @SuppressWarnings("unchecked")
    static Map<String, String> strings(@Nullable Object map) throws Failure {
        return (Map<String, String>) require(map);
    }

    static Object require(@Nullable Object value) throws Failure {
        if (value == null) {
            throw new Failure("libguestfs gave nothing");
        }
        return value;
    }

    @Nullable
    Object call(String method) throws Failure {
        return call(method, new Class<?>[]{});
    }

    @Nullable
    Object call(String method, Class<?> type, Object argument) throws Failure {
        return call(method, new Class<?>[]{type}, argument);
    }

    @Nullable
    Object call(String method, Class<?>[] types, Object... arguments) throws Failure {
        try {
            return handle.getClass().getMethod(method, types).invoke(handle, arguments);
        } catch (InvocationTargetException e) {
            throw new Failure(method + ": " + root(e));
        } catch (ReflectiveOperationException e) {
            throw new Failure("the binding has no " + method + ": " + e.getMessage());
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

    @Override
    public void close() throws IOException {
        loader.close();
    }

    /// What libguestfs said.
    static final class Failure extends Exception {
        Failure(@Nullable String message) {
            super(message);
        }
    }
}
