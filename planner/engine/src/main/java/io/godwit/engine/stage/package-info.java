/// What each stage does; one class per stage.
@NullMarked
package io.godwit.engine.stage;

import org.jspecify.annotations.NullMarked;
