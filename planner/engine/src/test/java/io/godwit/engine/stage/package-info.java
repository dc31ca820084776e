@NullMarked
package io.godwit.engine.stage;

import org.jspecify.annotations.NullMarked;
