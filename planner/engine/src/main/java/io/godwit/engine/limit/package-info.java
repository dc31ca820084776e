/// Keeps copies within the limits that people set: divides them, and tells the workers.
@NullMarked
package io.godwit.engine.limit;

import org.jspecify.annotations.NullMarked;
