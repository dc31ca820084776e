@NullMarked
package io.godwit.provider.testkit;

import org.jspecify.annotations.NullMarked;
