package io.godwit.transfer;

import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/// The digest of one block. An instance is for one thread.
abstract class BlockDigest {
    /// Digest of what is between position and limit, which stay as they are.
    abstract byte[] of(ByteBuffer block);

    /// Which digest stands for a block. XXH3-128 finds every flipped bit and all accidents with odds of 2^-128, at memory speed; SHA-256 stands
    /// against an attacker too.
    enum Method {
        XXH3_128("XXH3-128", 16), CRC32C("CRC32C", 4), SHA_256("SHA-256", 32),
        /// Nothing is known of a block but that it was copied.
        NONE("none", 0);

        private final String label;
        private final int bytes;

        Method(String label, int bytes) {
            this.label = label;
            this.bytes = bytes;
        }

        String label() {
            return label;
        }

        int bytes() {
            return bytes;
        }

        BlockDigest start() {
            return switch (this) {
                case XXH3_128 -> xxh3();
                case CRC32C -> new Crc();
                case SHA_256 -> new Sha();
                case NONE -> new None();
            };
        }
    }

    private static BlockDigest xxh3() {
        var library = NativeXxh3.find();
        return library == null ? new JavaXxh3() : library;
    }

    private static final class None extends BlockDigest {
        private static final byte[] NOTHING = {};

        @Override
        byte[] of(ByteBuffer block) {
            return NOTHING;
        }
    }

    /// By hash4j, where there is no library.
    static final class JavaXxh3 extends BlockDigest {
        private final Hasher128 hasher = Hashing.xxh3_128();
        private byte[] heap = new byte[0]; // hash4j reads arrays only

        @Override
        byte[] of(ByteBuffer block) {
            int length = block.remaining();
            if (heap.length < length) {
                heap = new byte[length];
            }
            MemorySegment.copy(MemorySegment.ofBuffer(block), ValueLayout.JAVA_BYTE, 0, heap, 0, length);
            return hasher.hashBytesTo128Bits(heap, 0, length).toByteArray();
        }
    }

    private static final class Crc extends BlockDigest {
        private final CRC32C crc = new CRC32C();

        @Override
        byte[] of(ByteBuffer block) {
            crc.reset();
            crc.update(block.duplicate());
            return ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
        }
    }

    private static final class Sha extends BlockDigest {
        private final MessageDigest sha = sha256();

        @Override
        byte[] of(ByteBuffer block) {
            sha.update(block.duplicate());
            return sha.digest();
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
