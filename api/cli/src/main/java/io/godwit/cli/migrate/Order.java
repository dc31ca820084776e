package io.godwit.cli.migrate;

import java.util.List;
import java.util.Map;

/// What a person ordered.
///
/// @param vms as typed; empty = all
/// @param networks what becomes of which, by name or `id:ID`
/// @param volumeFormat empty = the pool's own
/// @param guests what is said of single guests
/// @param certificates that a web server may have, as PEM; empty = those that the machine trusts
/// @param again whether what was migrated before, and is not as it was then, is migrated anew
public record Order(SourcePlace source, PoolFolder pool, List<String> vms, Map<String, String> networks, boolean convert,
        boolean checkBoot, String volumeFormat, List<GuestWish> guests, String certificates, boolean again) {}
