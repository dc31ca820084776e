/// The control plane's front door: the only wiring, and the settings it wires by.
@NullMarked
package io.godwit.api;

import org.jspecify.annotations.NullMarked;
