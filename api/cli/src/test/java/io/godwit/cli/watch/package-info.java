@NullMarked
package io.godwit.cli.watch;

import org.jspecify.annotations.NullMarked;
