@NullMarked
package io.godwit.blockio;

import org.jspecify.annotations.NullMarked;
