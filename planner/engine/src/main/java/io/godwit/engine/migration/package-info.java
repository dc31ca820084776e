/// What the front doors and the routes call: starting, pushing, cancelling and showing migrations.
@NullMarked
package io.godwit.engine.migration;

import org.jspecify.annotations.NullMarked;
