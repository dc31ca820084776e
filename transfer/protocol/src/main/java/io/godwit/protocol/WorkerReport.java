package io.godwit.protocol;

import io.godwit.model.disk.JobStatus;

/// What a worker answers, and what it leaves in its folder at its end. Over the socket the status is never final: only who holds the
/// lock of the folder may believe the end that is written there.
///
/// @param attempt of the order that this is about
/// @param version grows with every change of the status
public record WorkerReport(int attempt, long version, JobStatus status) {}
