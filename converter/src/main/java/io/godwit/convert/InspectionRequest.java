package io.godwit.convert;

import java.util.List;

/// What [InspectGuest] reads from standard input.
///
/// @param jar the distribution's libguestfs binding
/// @param sockets NBD sockets of the disks, in order
/// @param answer file to write an [InspectionAnswer] to
record InspectionRequest(String jar, List<String> sockets, String answer) {}
