@NullMarked
package io.godwit.protocol;

import org.jspecify.annotations.NullMarked;
