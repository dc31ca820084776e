package io.godwit.cli.migrate;

import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Rest;
import java.util.List;
import java.util.stream.Stream;

/// What has become of a migrated VM since.
///
/// @param sourceRead whether the source could be looked at
/// @param source why it is not what was migrated, or cannot be looked at; empty = it is the same
/// @param target what of the VM is not there as it was made
record Recheck(boolean asItWas, boolean sourceRead, String source, List<String> target) {
    static Recheck of(Rest rest, Earlier earlier) {
        var answer = rest.get("/vm-migrations/" + Rest.segment(earlier.vmMigration()) + "/recheck");
        return new Recheck(answer.path("asItWas").asBoolean(false), answer.path("sourceRead").asBoolean(true), Json.text(answer, "source"),
                Json.each(answer, "target").map(each -> each.asString("")).toList());
    }

    /// Whether nothing speaks against it but that the source is out of reach.
    boolean onlyUnread() {
        return !sourceRead && target.isEmpty();
    }

    List<String> changes() {
        return Stream.concat(Stream.of(source), target.stream()).filter(each -> !each.isBlank()).toList();
    }
}
