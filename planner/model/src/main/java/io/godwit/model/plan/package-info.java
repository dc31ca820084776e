/// What a person wants to be done.
@NullMarked
package io.godwit.model.plan;

import org.jspecify.annotations.NullMarked;
