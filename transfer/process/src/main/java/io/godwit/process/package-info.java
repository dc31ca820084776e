/// Child programs under supervision: own session, dead with us, nothing left behind.
@NullMarked
package io.godwit.process;

import org.jspecify.annotations.NullMarked;
