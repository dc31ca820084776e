package io.godwit.smoke;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The programs as the build laid them out, the same that users start.
final class Deployment {
    private static final Path ROOT = root();
    private static final Path DIST = Path.of(System.getProperty("godwit.dist", ROOT.resolve("target/dist").toString()));

    private Deployment() {}

    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /// Class path of `server`, `worker` or `cli`, as the launcher gives it: `target/dist/PROGRAM` names the folder of its latest build.
    static String classPath(String program) {
        var build = build(program);
        return read(build.resolve("classpath")).replace("@", build.resolve("lib") + File.separator);
    }

    /// How its JVM is told of the AOT cache, as the launcher tells it. It serves as well where more is behind that class path.
    static List<String> cache(String program) {
        var cache = build(program).resolve("app.aot");
        return Files.isReadable(cache) ? List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off") : List.of();
    }

    private static Path build(String program) {
        return DIST.resolve(read(DIST.resolve(program)));
    }

    /// Compiled classes and resources of these tests: what holds a server at a stage is among them.
    static Path testClasses() {
        return ROOT.resolve("deploy/smoke/target/test-classes");
    }

    /// Compiled test classes of the converter: the fake one is among them.
    static Path converterTestClasses() {
        return ROOT.resolve("converter/target/test-classes");
    }

    static Path root() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isExecutable(folder.resolve("godwit")) && Files.exists(folder.resolve("pom.xml"))) {
                return folder;
            }
        }
        throw new IllegalStateException("not inside the source tree: " + Path.of("").toAbsolutePath());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("build first: ./godwit build", e);
        }
    }
}
