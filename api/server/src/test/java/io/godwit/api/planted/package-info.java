/// Breaks the rules, to show that ArchitectureTest would notice.
@NullMarked
package io.godwit.api.planted;

import org.jspecify.annotations.NullMarked;
