@NullMarked
package io.godwit.worker;

import org.jspecify.annotations.NullMarked;
