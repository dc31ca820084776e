package io.godwit.cli.doctor;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The PostgreSQL that a server is to be started with.
///
/// @param url of JDBC
/// @param passwordFile `null` = none is asked for
/// @param probe command that takes the address, the user and the password's file, and says in a line what it found
public record Database(String url, String user, @Nullable Path passwordFile, List<String> probe) {}
