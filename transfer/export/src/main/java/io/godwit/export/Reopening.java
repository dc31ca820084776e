package io.godwit.export;

import java.util.List;

/// nbdkit's retry filter, for plugins that read through one session from the opening of a connection on: when that breaks off, only opening it anew helps, and
/// a reader that is QEMU does not. Its 1 + 2 + 4 s stay below the patience of the NBD client, whose own tries come on top.
final class Reopening {
    static final String FILTER = "retry";
    static final List<String> ARGUMENTS = List.of("retries=3", "retry-delay=1");

    private Reopening() {}
}
