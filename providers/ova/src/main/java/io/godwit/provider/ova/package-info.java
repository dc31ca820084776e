/// OVA files as a source: an inventory of their OVF, and disks read in place at their offset inside the tar.
///
/// Nothing is extracted, nothing is written, and no path of an archive is ever used as a path of this machine. The tar's headers are
/// read by our own [TarIndex] because a library for unpacking is lenient where we must not be: Apache Commons Compress
/// takes a header cut short for the end, does not compare checksums, and bounds neither long names nor the number of members.
@NullMarked
package io.godwit.provider.ova;

import org.jspecify.annotations.NullMarked;
