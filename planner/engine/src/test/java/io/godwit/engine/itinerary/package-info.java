@NullMarked
package io.godwit.engine.itinerary;

import org.jspecify.annotations.NullMarked;
