package io.godwit.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// An image that a test made up.
final class Bytes implements ByteWindow {
    private final byte[] bytes;

    Bytes(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public long length() {
        return bytes.length;
    }

    @Override
    public String what() {
        return "an image";
    }

    @Override
    public ByteBuffer read(long offset, int count) {
        requireInside(offset, count);
        return ByteBuffer.wrap(Arrays.copyOfRange(bytes, (int) offset, (int) offset + count)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
