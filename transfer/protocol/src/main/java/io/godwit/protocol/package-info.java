/// How the control plane and a worker talk: JSON of [io.godwit.model.disk] over HTTP/1.1 on a unix socket, and the files of a job's folder.
/// The worker listens, the control plane dials.
///
/// - `PUT /job` a [io.godwit.protocol.JobOrder], `Content-Encoding: gzip` allowed
/// - `GET /status?after=<version>&wait=<seconds>` a [io.godwit.protocol.WorkerReport], as soon as it is newer than that version
/// - `POST /control` a [io.godwit.protocol.Control]
@NullMarked
package io.godwit.protocol;

import org.jspecify.annotations.NullMarked;
