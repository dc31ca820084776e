/// Which stages a VM migration passes, as data that is stored with it.
@NullMarked
package io.godwit.engine.itinerary;

import org.jspecify.annotations.NullMarked;
