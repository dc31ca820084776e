@NullMarked
package io.godwit.cli.migrate;

import org.jspecify.annotations.NullMarked;
