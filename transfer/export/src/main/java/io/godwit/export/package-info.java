/// Makes the bytes that an [io.godwit.model.disk.ExportSpec] names a running NBD export; in workers only.
@NullMarked
package io.godwit.export;

import org.jspecify.annotations.NullMarked;
