package io.godwit.blockio;

import static io.godwit.blockio.NbdWire.FLAG_FIXED_NEWSTYLE;
import static io.godwit.blockio.NbdWire.FLAG_NO_ZEROES;
import static io.godwit.blockio.NbdWire.INFO_BLOCK_SIZE;
import static io.godwit.blockio.NbdWire.INFO_EXPORT;
import static io.godwit.blockio.NbdWire.INIT_MAGIC;
import static io.godwit.blockio.NbdWire.OPTION_MAGIC;
import static io.godwit.blockio.NbdWire.OPTION_REPLY_MAGIC;
import static io.godwit.blockio.NbdWire.OPT_EXTENDED_HEADERS;
import static io.godwit.blockio.NbdWire.OPT_GO;
import static io.godwit.blockio.NbdWire.OPT_SET_META_CONTEXT;
import static io.godwit.blockio.NbdWire.OPT_STARTTLS;
import static io.godwit.blockio.NbdWire.OPT_STRUCTURED_REPLY;
import static io.godwit.blockio.NbdWire.REP_ACK;
import static io.godwit.blockio.NbdWire.REP_ERROR_BIT;
import static io.godwit.blockio.NbdWire.REP_INFO;
import static io.godwit.blockio.NbdWire.REP_META_CONTEXT;
import static io.godwit.blockio.NbdWire.REP_TLS_REQUIRED;

import io.godwit.blockio.NbdExport.Replies;
import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The fixed newstyle handshake: TLS where it is asked for, before anything else; extended headers, structured replies and metadata contexts
/// where the server has them; then the export.
final class NbdHandshake {
    private static final int LONGEST_REPLY = 64 << 10;
    private static final int MOST_REPLIES = 1000;
    private static final int LONGEST_REQUEST = 32 << 20; // where the server names no block sizes
    private static final int WIDEST_ALIGNMENT = 64 << 10;

    private final NbdEndpoint endpoint;
    private final NbdStream stream;
    private final NbdTls tls;
    private final Map<String, Integer> contexts = new HashMap<>();
    private int replies;
    private long size = -1;
    private int flags;
    private int minimumBlock = 1;
    private int maximumBlock = LONGEST_REQUEST;

    NbdHandshake(NbdEndpoint endpoint, NbdStream stream, NbdTls tls) {
        this.endpoint = endpoint;
        this.stream = stream;
        this.tls = tls;
    }

    NbdExport negotiate(List<String> wanted) {
        var greeting = read(18);
        if (greeting.getLong() != INIT_MAGIC || greeting.getLong() != OPTION_MAGIC) {
            throw broken("it does not greet as a newstyle NBD server");
        }
        int offered = greeting.getShort();
        if ((offered & FLAG_FIXED_NEWSTYLE) == 0) {
            throw broken("it does not know the fixed newstyle handshake");
        }
        stream.write(ByteBuffer.allocate(4).putInt(FLAG_FIXED_NEWSTYLE | (offered & FLAG_NO_ZEROES)).flip());
        if (endpoint.tls()) {
            startTls();
        }
        var kind = replies();
        if (kind != Replies.SIMPLE && !wanted.isEmpty() && !ask(OPT_SET_META_CONTEXT, metaContextQuery(wanted))) {
            contexts.clear();
        }
        contexts.keySet().retainAll(wanted);
        go();
        return new NbdExport(size, flags, kind, contexts, minimumBlock, maximumBlock);
    }

    private void startTls() {
        var engine = tls.engine(endpoint); // before the server is bothered: the settings may be wrong
        if (!ask(OPT_STARTTLS, new byte[0])) {
            throw new FaultException(BlockFault.NBD_TLS_NOT_OFFERED, endpoint + " does not speak TLS", refusal);
        }
        stream.startTls(engine);
    }

    private Replies replies() {
        if (ask(OPT_EXTENDED_HEADERS, new byte[0])) {
            return Replies.EXTENDED;
        }
        return ask(OPT_STRUCTURED_REPLY, new byte[0]) ? Replies.STRUCTURED : Replies.SIMPLE;
    }

    private byte[] metaContextQuery(List<String> wanted) {
        var name = endpoint.export().getBytes(StandardCharsets.UTF_8);
        var queries = wanted.stream().map(context -> context.getBytes(StandardCharsets.UTF_8)).toList();
        var query = ByteBuffer.allocate(8 + name.length + queries.stream().mapToInt(bytes -> 4 + bytes.length).sum());
        query.putInt(name.length).put(name).putInt(queries.size());
        queries.forEach(bytes -> query.putInt(bytes.length).put(bytes));
        return query.array();
    }

    private void go() {
        var name = endpoint.export().getBytes(StandardCharsets.UTF_8);
        var request = ByteBuffer.allocate(8 + name.length).putInt(name.length).put(name).putShort((short) 1)
                .putShort((short) INFO_BLOCK_SIZE);
        if (!ask(OPT_GO, request.array())) {
            throw new FaultException(BlockFault.NBD_REFUSED, endpoint + " did not open the export", refusal);
        }
        if (size < 0) {
            throw broken("it opened the export without a size");
        }
    }

    private String refusal = "it gave no reason";

    /// @return whether the server acknowledged the option
    private boolean ask(int option, byte[] data) {
        stream.write(ByteBuffer.allocate(16 + data.length).putLong(OPTION_MAGIC).putInt(option).putInt(data.length).put(data).flip());
        while (true) {
            if (++replies > MOST_REPLIES) {
                throw broken("it gives no end of option replies");
            }
            var header = read(20);
            if (header.getLong() != OPTION_REPLY_MAGIC) {
                throw broken("an option reply has the wrong magic");
            }
            int of = header.getInt();
            int type = header.getInt();
            int length = header.getInt();
            if (of != option) {
                throw broken("it replies to option " + of + " when asked for " + option);
            }
            if (length < 0 || length > LONGEST_REPLY) {
                throw broken("an option reply says that it is " + (length & 0xffffffffL) + " bytes long");
            }
            var body = read(length);
            if ((type & REP_ERROR_BIT) != 0) {
                var text = StandardCharsets.UTF_8.decode(body).toString();
                refusal = "it refuses " + NbdWire.optionName(option) + ": " + NbdWire.optionErrorName(type)
                        + (text.isEmpty() ? "" : ": " + text);
                if (type == REP_TLS_REQUIRED && option != OPT_STARTTLS) {
                    throw new FaultException(BlockFault.NBD_TLS_REQUIRED, endpoint + " does not talk in clear", refusal);
                }
                return false;
            }
            switch (type) {
                case REP_ACK -> {
                    return true;
                }
                case REP_INFO -> info(body);
                case REP_META_CONTEXT -> metaContext(body);
                default -> throw broken("an option reply is of the unknown type " + type);
            }
        }
    }

    private void info(ByteBuffer body) {
        int type = need(body, 2).getShort() & 0xffff;
        if (type == INFO_EXPORT) {
            size = need(body, 10).getLong();
            flags = body.getShort() & 0xffff;
            if (size < 0) {
                throw broken("the export says that it is " + Long.toUnsignedString(size) + " bytes long");
            }
        } else if (type == INFO_BLOCK_SIZE) {
            minimumBlock = need(body, 12).getInt();
            body.getInt(); // preferred: ours is tuned to the copy
            maximumBlock = body.getInt();
            if (minimumBlock < 1 || minimumBlock > WIDEST_ALIGNMENT || Integer.bitCount(minimumBlock) != 1) {
                throw broken("it says that requests must be aligned to " + minimumBlock + " bytes");
            }
            if (maximumBlock < 0 || maximumBlock > LONGEST_REQUEST) { // unsigned: "no limit" is all ones
                maximumBlock = LONGEST_REQUEST;
            }
            if (maximumBlock < Math.max(minimumBlock, 4096)) {
                throw broken("it says that requests must be shorter than " + maximumBlock + " bytes");
            }
        }
    }

    private void metaContext(ByteBuffer body) {
        int id = need(body, 4).getInt();
        contexts.put(StandardCharsets.UTF_8.decode(body).toString(), id);
    }

    private ByteBuffer need(ByteBuffer body, int bytes) {
        if (body.remaining() < bytes) {
            throw broken("an option reply is too short");
        }
        return body;
    }

    private ByteBuffer read(int count) {
        var bytes = ByteBuffer.allocate(count);
        stream.read(bytes);
        return bytes;
    }

    private FaultException broken(String why) {
        return new FaultException(BlockFault.NBD_PROTOCOL_BROKEN, endpoint + " could not be talked to", why);
    }
}
