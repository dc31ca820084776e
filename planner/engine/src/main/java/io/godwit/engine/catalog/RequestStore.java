package io.godwit.engine.catalog;

import java.time.Duration;
import java.time.Instant;

/// Keeps requests that came with a key of their client's, so that one that is sent again is answered again and does nothing again.
/// A key is forgotten a day after its request began.
public interface RequestStore {
    /// For so long the same key gets the same answer.
    Duration KEPT = Duration.ofDays(1);
    /// After so long one that was not answered is taken to have been lost.
    Duration LOST = Duration.ofMinutes(5);

    /// Begins a request: exactly one of several that come at once is to be carried out. A fault `IDEMPOTENCY_KEY_REUSED` where the key came with
    /// another digest. One that was begun and never answered is begun again: at once where its node has been started since, else after [#LOST].
    ///
    /// @param node that will carry it out
    /// @param nodeStarted when that node was started
    Begun begin(String key, String digest, String node, Instant nodeStarted);

    /// What is answered from now on.
    void answered(String key, Answer answer);

    /// The request did nothing: the next one with its key is carried out.
    void forget(String key);

    /// What is to be done with a request.
    sealed interface Begun {
        /// It is to be carried out.
        ///
        /// @param seed the same when it is begun again
        record First(String seed) implements Begun {}

        /// It was carried out.
        record Done(Answer answer) implements Begun {}

        /// It is being carried out.
        record UnderWay() implements Begun {}
    }

    /// An answer over HTTP.
    record Answer(int status, String contentType, String body) {}
}
