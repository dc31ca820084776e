@NullMarked
package io.godwit.engine.migration;

import org.jspecify.annotations.NullMarked;
