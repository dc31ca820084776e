package io.godwit.convert;

import io.godwit.convert.KvmProbe.Acceleration;
import io.godwit.export.Export;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import io.godwit.process.Command.Output;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The distribution's binding of libguestfs, and the child JVM that uses it: killed when it stalls.
///
/// @param libraries folder of its native half
record GuestfsBinding(Path jar, Path libraries) {
    private static final List<Path> BINDING_FOLDERS = List.of(Path.of("/usr/share/java"));
    private static final List<Path> LIBRARY_FOLDERS = List.of(Path.of("/usr/lib"), Path.of("/usr/lib64"));

    /// Empty where it is not installed, or not to be used.
    static Optional<GuestfsBinding> find(ConverterSettings settings) {
        var jar = settings.libguestfsJar();
        if (jar != null && jar.equals(ConverterSettings.NO_BINDING)) {
            return Optional.empty();
        }
        var libraries = settings.jniFolder();
        var foundJar = jar != null ? Optional.of(jar) : find(BINDING_FOLDERS, 1, "libguestfs-\\d[\\d.]*\\.jar");
        var foundLibraries = libraries != null
                ? Optional.of(libraries)
                : find(LIBRARY_FOLDERS, 3, "libguestfs_jni\\.so").map(Path::getParent);
        return foundJar.flatMap(first -> foundLibraries.map(second -> new GuestfsBinding(first, second)));
    }

    private static Optional<Path> find(List<Path> folders, int depth, String name) {
        for (var folder : folders) {
            try (var all = Files.find(folder, depth, (file, _) -> {
                var last = file.getFileName();
                return last != null && last.toString().matches(name);
            })) {
                var found = all.sorted().findFirst();
                if (found.isPresent()) {
                    return found;
                }
            } catch (IOException | UncheckedIOException e) {
                // not there, or not ours to read
            }
        }
        return Optional.empty();
    }

    /// Runs a child to its end.
    ///
    /// @param request what it reads from standard input
    /// @param log gets what libguestfs says
    /// @return its exit code
    /// @throws FaultException as [StepWatch#run]
    int run(ConverterTools tools, Class<?> main, String request, Acceleration acceleration, Path log, Consumer<Phase> steps, String what) {
        var watch = new StepWatch(tools.settings(), log, steps);
        var command = Command
                .of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                        "-Xmx128m", "--enable-native-access=ALL-UNNAMED", "-Djava.library.path=" + libraries, "-cp", classPath(),
                        main.getName())
                .input(request).errors(Output.toFile(log)).output(Output.toLines(line -> {
                    if (line.startsWith(Guestfs.STEP)) {
                        watch.begin(new Phase(line.substring(Guestfs.STEP.length()), Instant.now()));
                    }
                }));
        for (var variable : acceleration.libguestfs(tools.settings()).entrySet()) {
            command = command.environment(variable.getKey(), variable.getValue());
        }
        return watch.run(tools.supervisor(), command, () -> {
        }, what);
    }

    /// Ours, absolute: the child runs in another folder.
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString()).collect(Collectors.joining(File.pathSeparator));
    }

    /// Where an export listens.
    static String socket(Export export) {
        var query = export.uri().getQuery();
        if (!"nbd+unix".equals(export.uri().getScheme()) || query == null || !query.startsWith("socket=")) {
            throw new FaultException(ConverterFault.INSPECTION_FAILED, "the disk at " + export.uri() + " cannot be inspected",
                    "it is no unix socket");
        }
        return query.substring("socket=".length());
    }
}
