package io.godwit.convert;

import java.util.List;

/// What [ReadBootTraces] reads from standard input.
///
/// @param jar the distribution's libguestfs binding
/// @param sockets NBD sockets of the disks, in order
/// @param scratch folder for pieces of the guest's files
/// @param answer file to write a [BootTraceAnswer] to
record BootTraceRequest(String jar, List<String> sockets, String scratch, String answer) {}
