@NullMarked
package io.godwit.engine.simulation;

import org.jspecify.annotations.NullMarked;
