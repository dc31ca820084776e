@NullMarked
package io.godwit.api.contract;

import org.jspecify.annotations.NullMarked;
