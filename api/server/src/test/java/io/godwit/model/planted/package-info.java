/// Breaks the rules, to show that ArchitectureTest would notice.
@NullMarked
package io.godwit.model.planted;

import org.jspecify.annotations.NullMarked;
