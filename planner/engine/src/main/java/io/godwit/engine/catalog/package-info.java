/// What people registered: providers, mappings, plans; and the port of the store that keeps it.
@NullMarked
package io.godwit.engine.catalog;

import org.jspecify.annotations.NullMarked;
