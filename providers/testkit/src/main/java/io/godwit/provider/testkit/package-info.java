/// What every provider is held to, and fakes that keep to it.
@NullMarked
package io.godwit.provider.testkit;

import org.jspecify.annotations.NullMarked;
