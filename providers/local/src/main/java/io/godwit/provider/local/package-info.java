/// The destination on one machine: a pool directory of raw volumes and VM definitions, and workers as child processes. It belongs to one
/// node. See the module's README for the layout.
@NullMarked
package io.godwit.provider.local;

import org.jspecify.annotations.NullMarked;
