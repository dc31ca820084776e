/// A running migration on a screen, or line by line.
@NullMarked
package io.godwit.cli.watch;

import org.jspecify.annotations.NullMarked;
