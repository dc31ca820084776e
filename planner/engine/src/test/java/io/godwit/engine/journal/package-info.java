@NullMarked
package io.godwit.engine.journal;

import org.jspecify.annotations.NullMarked;
