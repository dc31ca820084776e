package io.godwit.engine.limit;

/// What one running copy was granted, as all nodes see it.
///
/// @param demand that it was measured to have
/// @param held the most that its worker may be taking: what it was told last, and what it is being told
/// @param pinned it cannot be told anything just now: what it holds stays taken
public record CopyGrant(CopyJob job, Rates demand, Rates held, boolean pinned) {}
