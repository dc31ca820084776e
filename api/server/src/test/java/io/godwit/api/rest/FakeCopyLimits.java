package io.godwit.api.rest;

import io.godwit.engine.limit.CopyLimits;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Says what a test put, and counts what it was told.
public final class FakeCopyLimits implements CopyLimits {
    static final UnderLimits UNDER = new UnderLimits(new CopyShare(5 << 20, 0.5, 0, Map.of()), List.of("all", "wan"), "wan", null);

    final Map<VmMigrationId, UnderLimits> under = new HashMap<>();
    int changes;

    @Override
    public Optional<UnderLimits> of(VmMigrationId id) {
        return Optional.ofNullable(under.get(id));
    }

    @Override
    public void changed() {
        changes++;
    }
}
