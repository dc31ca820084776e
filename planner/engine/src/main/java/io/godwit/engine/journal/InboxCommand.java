package io.godwit.engine.journal;

import java.time.Instant;

/// A command that no lease holder has journalled yet.
///
/// @param number grows with each command of the store
public record InboxCommand(long number, Command command, Instant at) {}
