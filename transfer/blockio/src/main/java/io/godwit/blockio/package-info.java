/// Blocks of disks, read from NBD servers and written to files, many at a time; in workers only.
@NullMarked
package io.godwit.blockio;

import org.jspecify.annotations.NullMarked;
