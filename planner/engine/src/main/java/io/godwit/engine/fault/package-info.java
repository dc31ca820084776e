/// The faults of the engine itself.
@NullMarked
package io.godwit.engine.fault;

import org.jspecify.annotations.NullMarked;
