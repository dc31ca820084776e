package io.godwit.protocol;

import java.io.IOException;

/// A message or file that is not what it should be.
public final class MalformedMessageException extends IOException {
    public MalformedMessageException(String message, Throwable cause) {
        super(message, cause);
    }

    public MalformedMessageException(String message) {
        super(message);
    }
}
