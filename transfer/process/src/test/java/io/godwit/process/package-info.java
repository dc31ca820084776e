@NullMarked
package io.godwit.process;

import org.jspecify.annotations.NullMarked;
