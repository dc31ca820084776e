@NullMarked
package io.godwit.model.limit;

import org.jspecify.annotations.NullMarked;
