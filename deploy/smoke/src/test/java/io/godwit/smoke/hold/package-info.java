/// What the tests put on the class path of a server under test, so that it stands still where they want to kill it.
@NullMarked
package io.godwit.smoke.hold;

import org.jspecify.annotations.NullMarked;
