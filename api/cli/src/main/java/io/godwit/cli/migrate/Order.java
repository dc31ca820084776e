package io.godwit.cli.migrate;

import java.util.List;
import java.util.Map;

/// What a person ordered.
///
/// @param source a URL, or a path with links resolved
/// @param pool folder with links resolved
/// @param vms as typed; empty = all
/// @param networks as typed
/// @param volumeFormat empty = the pool's own
/// @param again whether what was migrated before, and is not as it was then, is migrated anew
public record Order(String source, String pool, List<String> vms, Map<String, String> networks, boolean convert, boolean checkBoot,
        String volumeFormat, boolean again) {}
