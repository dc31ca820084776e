/// Dispatch: which replica pushes which VM migration when, one route per stage. The only Camel code; it remembers nothing.
@NullMarked
package io.godwit.routes;

import org.jspecify.annotations.NullMarked;
