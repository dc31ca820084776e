package io.godwit.store;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Starts peers/postgresql once for all tests of the JVM, and gives each parameter of type [StoreSettings.PostgreSql] an empty database.
public final class PostgreSqlPeer implements ParameterResolver {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    /// The running server; the root context closes it after the last test.
    private record Server(Path folder, int port) implements AutoCloseable {
        static Server start() throws IOException, InterruptedException {
            int port;
            try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            // not below the build's folder, which the user postgres may not be let into
            var folder = Path.of("/tmp", "godwit-pg-" + ProcessHandle.current().pid());
            run("start", folder.toString(), "" + port);
            return new Server(folder, port);
        }

        StoreSettings.PostgreSql newDatabase() throws SQLException {
            var name = "test" + DATABASES.incrementAndGet();
            try (var connection = DriverManager.getConnection(url("postgres"), "godwit", "");
                    var statement = connection.createStatement()) {
                statement.execute("create database " + name);
            }
            return new StoreSettings.PostgreSql(url(name), "godwit", "", keys().resolve(name + ".key"));
        }

        private static Path keys() {
            try {
                return Files.createDirectories(Path.of("target", "keys-of-peers"));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        private String url(String database) {
            return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
        }

        @Override
        public void close() throws IOException, InterruptedException {
            run("stop", folder.toString());
        }

        private static void run(String script, String... arguments) throws IOException, InterruptedException {
            var command = new java.util.ArrayList<String>();
            command.add(peers().resolve("postgresql").resolve(script).toString());
            command.addAll(java.util.List.of(arguments));
            var output = Files.createTempFile("godwit-pg", ".log"); // no pipe: the server would keep it open
            try {
                var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
                if (!process.waitFor(60, SECONDS)) {
                    process.destroyForcibly();
                    throw new IOException(command + " did not end within a minute: " + Files.readString(output));
                }
                if (process.exitValue() != 0) {
                    throw new IOException(command + " failed: " + Files.readString(output));
                }
            } finally {
                Files.delete(output);
            }
        }

        private static Path peers() throws IOException {
            for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
                if (Files.isDirectory(folder.resolve("peers"))) {
                    return folder.resolve("peers");
                }
            }
            throw new IOException("no folder peers above " + Path.of("").toAbsolutePath());
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == StoreSettings.PostgreSql.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return newDatabase(context);
    }

    /// An empty database, dropped with the server.
    static StoreSettings.PostgreSql newDatabase(ExtensionContext context) {
        try {
            var server = context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(PostgreSqlPeer.class))
                    .computeIfAbsent(Server.class, _ -> startUnchecked(), Server.class);
            return server.newDatabase();
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL runs, but makes no database", e);
        }
    }

    private static Server startUnchecked() {
        try {
            return Server.start();
        } catch (IOException e) {
            throw new IllegalStateException("PostgreSQL did not start", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while PostgreSQL started", e);
        }
    }
}
