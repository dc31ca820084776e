/// What copies may take from their sources: limits as people set them, and what one copy is told.
@NullMarked
package io.godwit.model.limit;

import org.jspecify.annotations.NullMarked;
