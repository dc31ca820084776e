package io.godwit.transfer;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// XXH3-128 by `libxxhash`, which every Debian has for its package manager: vector instructions, and no copy of the block to the heap, so about
/// twice as fast as in Java. For one thread.
@SuppressWarnings("restricted") // the signature is that of xxhash.h since 0.8.0
final class NativeXxh3 extends BlockDigest {
    private static final String LIBRARY = "libxxhash.so.0";
    private static final String EVERYWHERE = "XXH3_128bits";
    private static final String FASTEST = "XXH3_128bits_dispatch"; // by what the processor was found to know; of xxh_x86dispatch.h, so on x86 alone
    private static final MemoryLayout RESULT = MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("low64"),
            ValueLayout.JAVA_LONG.withName("high64"));
    private static final @Nullable MethodHandle HASH = bind();

    private final MethodHandle hash;
    private final ByteBuffer result = ByteBuffer.allocateDirect((int) RESULT.byteSize()).order(ByteOrder.nativeOrder());
    private final MemorySegment segment = MemorySegment.ofBuffer(result);
    private final SegmentAllocator inPlace = (_, _) -> segment;

    private NativeXxh3(MethodHandle hash) {
        this.hash = hash;
    }

    /// `null` where there is no such library.
    static @Nullable NativeXxh3 find() {
        return HASH == null ? null : new NativeXxh3(HASH);
    }

    private static @Nullable MethodHandle bind() {
        try {
            var library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
            return Linker.nativeLinker().downcallHandle(library.find(FASTEST).orElseGet(() -> library.findOrThrow(EVERYWHERE)),
                    FunctionDescriptor.of(RESULT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG), Linker.Option.critical(true));
        } catch (IllegalArgumentException | NoSuchElementException | UnsupportedOperationException e) { // none, or an old one
            return null;
        }
    }

    /// The low half first, each in little-endian order, as hash4j writes it.
    @Override
    byte[] of(ByteBuffer block) {
        try {
            var bytes = MemorySegment.ofBuffer(block);
            var _ = (MemorySegment) hash.invokeExact(inPlace, bytes, bytes.byteSize());
        } catch (Throwable e) {
            throw new AssertionError("XXH3_128bits threw", e);
        }
        var digest = new byte[16]; // by buffers: the accessors of segments cost the first compiler, which runs most copies, more than all else here
        ByteBuffer.wrap(digest).order(ByteOrder.LITTLE_ENDIAN).putLong(result.getLong(0)).putLong(result.getLong(8));
        return digest;
    }
}
