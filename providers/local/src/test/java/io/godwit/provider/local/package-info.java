@NullMarked
package io.godwit.provider.local;

import org.jspecify.annotations.NullMarked;
