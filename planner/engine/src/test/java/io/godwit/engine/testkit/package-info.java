/// Stores in memory, and the contracts that every store is held to.
@NullMarked
package io.godwit.engine.testkit;

import org.jspecify.annotations.NullMarked;
