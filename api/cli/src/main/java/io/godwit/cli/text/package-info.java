/// Values as people read them.
@NullMarked
package io.godwit.cli.text;

import org.jspecify.annotations.NullMarked;
