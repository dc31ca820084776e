@NullMarked
package io.godwit.export;

import org.jspecify.annotations.NullMarked;
