/// Whether a plan can be started, and what stands in its way.
@NullMarked
package io.godwit.engine.assess;

import org.jspecify.annotations.NullMarked;
