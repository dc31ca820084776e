package io.godwit.api.rest;

import io.godwit.model.migration.RandomId;
import java.util.Optional;

/// Ids of what requests make. A request that is begun again, since nobody knows what became of it, gets the ids that it had: what it made already is
/// found under them and not made twice.
final class NewIds {
    private static final ScopedValue<String> SEED = ScopedValue.newInstance();

    private NewIds() {}

    /// Handles a request whose ids come from that seed.
    static <X extends Throwable> void within(String seed, ScopedValue.CallableOp<Void, X> handling) throws X {
        ScopedValue.where(SEED, seed).call(handling);
    }

    /// The one that this request has each time it is begun; empty for a request without a key.
    static Optional<String> of(String prefix) {
        return SEED.isBound() ? Optional.of(RandomId.of(prefix, SEED.get())) : Optional.empty();
    }

    /// The same, else a new one.
    static String next(String prefix) {
        return of(prefix).orElseGet(() -> RandomId.next(prefix));
    }
}
