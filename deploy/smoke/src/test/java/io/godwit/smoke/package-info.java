/// End-to-end tests of the real processes: server, workers and their tools, with real files and real kills.
@NullMarked
package io.godwit.smoke;

import org.jspecify.annotations.NullMarked;
