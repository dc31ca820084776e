/// Copies disks into volumes and proves every block; in workers only.
@NullMarked
package io.godwit.transfer;

import org.jspecify.annotations.NullMarked;
