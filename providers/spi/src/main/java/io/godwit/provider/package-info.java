/// What a platform must offer to be a source or a destination. A provider is one folder under `providers/`.
///
/// Every method returns within 20 seconds or throws: long work is a [io.godwit.model.disk.WorkerJob]. Every failure is a
/// [io.godwit.model.fault.FaultException], translated in one place per provider. Implementations may be called from several threads.
@NullMarked
package io.godwit.provider;

import org.jspecify.annotations.NullMarked;
