@NullMarked
package io.godwit.api.schedule;

import org.jspecify.annotations.NullMarked;
