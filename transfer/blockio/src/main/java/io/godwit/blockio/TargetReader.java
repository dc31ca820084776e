package io.godwit.blockio;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;

/// Reads a target back by its NBD server: what goes wrong there is told of the target, not of a source.
final class TargetReader implements BlockReader {
    private static final List<BlockFault> LOST = List.of(BlockFault.NBD_UNREACHABLE, BlockFault.NBD_CLOSED, BlockFault.NBD_STALLED);
    private static final List<BlockFault> UNREAD = List.of(BlockFault.NBD_READ_FAILED, BlockFault.NBD_READ_REFUSED);

    private final BlockReader reader;

    TargetReader(BlockReader reader) {
        this.reader = reader;
    }

    /// Does something at the target's server.
    static <T> T at(Supplier<T> action) {
        try {
            return action.get();
        } catch (FaultException e) {
            throw ofTarget(e);
        }
    }

    static void at(Runnable action) {
        at(() -> {
            action.run();
            return true;
        });
    }

    private static FaultException ofTarget(FaultException failure) {
        var fault = failure.fault();
        if (fault.blame() != Blame.SOURCE) {
            return failure;
        }
        var code = isOneOf(fault, LOST)
                ? BlockFault.TARGET_SERVER_LOST
                : isOneOf(fault, UNREAD) ? BlockFault.TARGET_READ_FAILED : BlockFault.TARGET_SERVER_UNFIT;
        return new FaultException(Fault.of(code, fault.what(), fault.why()), failure);
    }

    private static boolean isOneOf(Fault fault, List<BlockFault> codes) {
        return codes.stream().anyMatch(fault::is);
    }

    @Override
    public int depth() {
        return reader.depth();
    }

    @Override
    public int inFlight() {
        return reader.inFlight();
    }

    @Override
    public void submit(long offset, int length, long tag) {
        at(() -> reader.submit(offset, length, tag));
    }

    @Override
    public void send() {
        at(reader::send);
    }

    @Override
    public void take(Taker taker) {
        at(() -> reader.take(new Taker() {
            @Override
            public void taken(long tag, long offset, ByteBuffer bytes) {
                taker.taken(tag, offset, bytes);
            }

            @Override
            public void failed(long tag, FaultException fault) {
                taker.failed(tag, ofTarget(fault));
            }
        }));
    }

    @Override
    public void close() {
        reader.close();
    }
}
