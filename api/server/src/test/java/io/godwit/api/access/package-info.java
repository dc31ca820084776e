@NullMarked
package io.godwit.api.access;

import org.jspecify.annotations.NullMarked;
