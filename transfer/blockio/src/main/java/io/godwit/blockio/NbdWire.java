package io.godwit.blockio;

/// Numbers of the NBD protocol (doc/proto.md of the NetworkBlockDevice project).
final class NbdWire {
    static final long INIT_MAGIC = 0x4e42444d41474943L;
    static final long OPTION_MAGIC = 0x49484156454F5054L;
    static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
    static final int REQUEST_MAGIC = 0x25609513;
    static final int EXTENDED_REQUEST_MAGIC = 0x21e41c71;
    static final int SIMPLE_REPLY_MAGIC = 0x67446698;
    static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;
    static final int EXTENDED_REPLY_MAGIC = 0x6e8a278c;

    static final int LONGEST_REQUEST_HEADER = 32;

    static final int FLAG_FIXED_NEWSTYLE = 1;
    static final int FLAG_NO_ZEROES = 2;

    static final int OPT_ABORT = 2;
    static final int OPT_STARTTLS = 5;
    static final int OPT_GO = 7;
    static final int OPT_STRUCTURED_REPLY = 8;
    static final int OPT_SET_META_CONTEXT = 10;
    static final int OPT_EXTENDED_HEADERS = 11;

    static final int REP_ACK = 1;
    static final int REP_INFO = 3;
    static final int REP_META_CONTEXT = 4;
    static final int REP_ERROR_BIT = 1 << 31;
    static final int REP_TLS_REQUIRED = REP_ERROR_BIT | 5;

    static final int INFO_EXPORT = 0;
    static final int INFO_BLOCK_SIZE = 3;

    static final int EXPORT_READ_ONLY = 1 << 1;
    static final int EXPORT_SEND_FLUSH = 1 << 2;
    static final int EXPORT_SEND_FUA = 1 << 3;
    static final int EXPORT_SEND_TRIM = 1 << 5;
    static final int EXPORT_SEND_WRITE_ZEROES = 1 << 6;
    static final int EXPORT_SEND_DF = 1 << 7;
    static final int EXPORT_CAN_MULTI_CONN = 1 << 8;

    static final int CMD_READ = 0;
    static final int CMD_WRITE = 1;
    static final int CMD_DISCONNECT = 2;
    static final int CMD_FLUSH = 3;
    static final int CMD_TRIM = 4;
    static final int CMD_WRITE_ZEROES = 6;
    static final int CMD_BLOCK_STATUS = 7;

    static final int CMD_FLAG_FUA = 1;
    static final int CMD_FLAG_NO_HOLE = 1 << 1;
    static final int CMD_FLAG_DF = 1 << 2;
    static final int CMD_FLAG_PAYLOAD_LENGTH = 1 << 5;

    static final int CHUNK_DONE = 1;
    static final int CHUNK_NONE = 0;
    static final int CHUNK_OFFSET_DATA = 1;
    static final int CHUNK_OFFSET_HOLE = 2;
    static final int CHUNK_BLOCK_STATUS = 5;
    static final int CHUNK_BLOCK_STATUS_EXTENDED = 6;
    static final int CHUNK_ERROR_BIT = 1 << 15;
    static final int CHUNK_ERROR = CHUNK_ERROR_BIT | 1;
    static final int CHUNK_ERROR_OFFSET = CHUNK_ERROR_BIT | 2;

    static final int EPERM = 1;
    static final int ENOSPC = 28;
    static final int EOVERFLOW = 75;
    static final int ENOTSUP = 95;

    private NbdWire() {}

    static String commandName(int command) {
        return switch (command) {
            case CMD_READ -> "read";
            case CMD_WRITE -> "write";
            case CMD_FLUSH -> "flush";
            case CMD_TRIM -> "trim";
            case CMD_WRITE_ZEROES -> "write-zeroes";
            case CMD_BLOCK_STATUS -> "block status";
            default -> "command " + command;
        };
    }

    static String errorName(int number) {
        return switch (number) {
            case EPERM -> "EPERM (not permitted)";
            case 5 -> "EIO (input/output error)";
            case 12 -> "ENOMEM (no memory)";
            case 22 -> "EINVAL (invalid request)";
            case ENOSPC -> "ENOSPC (no space left)";
            case EOVERFLOW -> "EOVERFLOW (request too large)";
            case ENOTSUP -> "ENOTSUP (not supported)";
            case 108 -> "ESHUTDOWN (server is shutting down)";
            default -> "error " + number;
        };
    }

    static String optionName(int option) {
        return switch (option) {
            case OPT_STARTTLS -> "TLS";
            case OPT_GO -> "the export";
            case OPT_STRUCTURED_REPLY -> "structured replies";
            case OPT_SET_META_CONTEXT -> "metadata contexts";
            case OPT_EXTENDED_HEADERS -> "extended headers";
            default -> "option " + option;
        };
    }

    static String optionErrorName(int type) {
        return switch (type & ~REP_ERROR_BIT) {
            case 1 -> "unsupported";
            case 2 -> "refused by its policy";
            case 3 -> "invalid";
            case 4 -> "not compiled in";
            case 5 -> "it demands TLS";
            case 6 -> "no such export";
            case 7 -> "it is shutting down";
            case 8 -> "it demands block sizes";
            case 9 -> "too big";
            case 10 -> "it demands extended headers";
            default -> "error " + (type & ~REP_ERROR_BIT);
        };
    }
}
