package io.godwit.engine.journal;

import org.jspecify.annotations.Nullable;

/// What lists show of a VM migration and what a claim needs: a projection of the journal but for `waitingFor`.
///
/// @param stage the one that the next push runs; `null` when there is none
/// @param waitingFor for people
/// @param faultCode of the last fault, while it matters
public record Status(Phase phase, @Nullable String stage, @Nullable String waitingFor, @Nullable String faultCode) {}
