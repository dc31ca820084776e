@NullMarked
package io.godwit.engine.limit;

import org.jspecify.annotations.NullMarked;
