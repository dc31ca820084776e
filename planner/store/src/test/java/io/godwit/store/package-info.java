/// Tests of the stores on real databases.
@NullMarked
package io.godwit.store;

import org.jspecify.annotations.NullMarked;
