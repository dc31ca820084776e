package io.godwit.export;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The bytes of an image that a running NBD server gives.
final class NbdWindow implements ByteWindow {
    private final URI uri;
    private final NbdSource source;

    NbdWindow(URI uri) {
        this.uri = uri;
        this.source = NbdSource.open(uri, NbdSettings.DEFAULT.connections(1));
    }

    @Override
    public long length() {
        return source.sizeBytes();
    }

    @Override
    public String what() {
        return "behind " + uri;
    }

    @Override
    public ByteBuffer read(long offset, int count) {
        requireInside(offset, count);
        return source.read(offset, count).order(ByteOrder.LITTLE_ENDIAN);
    }

    void close() {
        source.close();
    }
}
