package io.godwit.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Properties;

/// Says in one line whether a server could use this PostgreSQL: a word, and what was seen. `godwit doctor`, which has no driver, runs it in a process of
/// its own. Changes nothing.
public final class DatabaseProbe {
    /// The oldest that the tests run on.
    private static final int TESTED = 15;

    /// What was found.
    public enum Word {
        FINE, UNREACHABLE, REFUSED, MISSING, OLD, FORBIDDEN
    }

    private DatabaseProbe() {}

    /// Prints the line.
    ///
    /// @param arguments JDBC address, user, file with the password (empty = none)
    public static void main(String[] arguments) throws IOException {
        var password = arguments[2].isEmpty() ? "" : Files.readString(Path.of(arguments[2])).strip();
        System.out.println(examine(arguments[0], arguments[1], password));
    }

    private static String examine(String url, String user, String password) {
        var settings = new Properties();
        settings.setProperty("user", user);
        if (!password.isEmpty()) {
            settings.setProperty("password", password);
        }
        settings.setProperty("connectTimeout", "5");
        settings.setProperty("loginTimeout", "10");
        settings.setProperty("socketTimeout", "10");
        settings.setProperty("ApplicationName", "godwit doctor");
        try (var connection = DriverManager.getConnection(url, settings)) {
            var version = "PostgreSQL " + connection.getMetaData().getDatabaseProductVersion();
            if (connection.getMetaData().getDatabaseMajorVersion() < TESTED) {
                return Word.OLD + " it is " + version + ", and " + TESTED + " is the oldest that was tried";
            }
            return mayMakeTables(connection)
                    ? Word.FINE + " " + version
                    : Word.FORBIDDEN + " the role " + user + " may make no tables in the schema that it is given";
        } catch (SQLException e) {
            return word(Objects.requireNonNullElse(e.getSQLState(), "")) + " "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        }
    }

    private static boolean mayMakeTables(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var answer = statement.executeQuery("select coalesce(has_schema_privilege(current_schema(), 'create'), false)")) {
            return answer.next() && answer.getBoolean(1);
        }
    }

    /// By the states of SQL:2003 and PostgreSQL ("Appendix A. PostgreSQL Error Codes").
    private static Word word(String state) {
        return switch (state) {
            case "3D000" -> Word.MISSING;
            case "28P01", "28000", "08004", "42501" -> Word.REFUSED; // 08004: the driver has no password that it was asked for
            default -> Word.UNREACHABLE;
        };
    }
}
