/// The catalogue of faults that the command line carries, so that it can explain a code where no server runs.
@NullMarked
package io.godwit.cli.explain;

import org.jspecify.annotations.NullMarked;
