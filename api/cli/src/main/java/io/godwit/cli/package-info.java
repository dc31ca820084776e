/// The command line: parses words, speaks REST, prints answers. It knows nothing of the engine.
@NullMarked
package io.godwit.cli;

import org.jspecify.annotations.NullMarked;
