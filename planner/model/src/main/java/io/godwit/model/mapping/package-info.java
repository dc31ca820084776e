/// Which network and storage of a source become which of a destination.
@NullMarked
package io.godwit.model.mapping;

import org.jspecify.annotations.NullMarked;
