@NullMarked
package io.godwit.transfer;

import org.jspecify.annotations.NullMarked;
