/// The journal of each VM migration, the only state there is, and the port of the store that keeps it.
@NullMarked
package io.godwit.engine.journal;

import org.jspecify.annotations.NullMarked;
