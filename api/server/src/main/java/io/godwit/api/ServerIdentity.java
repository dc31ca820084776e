package io.godwit.api;

import io.godwit.model.migration.RandomId;
import java.time.Instant;

/// Which server this is.
///
/// @param node stable over restarts: local volumes and child processes belong to it
public record ServerIdentity(String version, String node, Instant startedAt) {
    private static final String NODE_FILE = "node-id";

    static ServerIdentity of(DataFolder data, Instant startedAt) {
        var node = data.read(NODE_FILE).orElseGet(() -> {
            var made = RandomId.next("n");
            data.write(NODE_FILE, made + "\n");
            return made;
        });
        var version = ServerIdentity.class.getPackage().getImplementationVersion();
        return new ServerIdentity(version == null ? "development" : version, node, startedAt);
    }
}
