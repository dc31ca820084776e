/// Breaks the rules, to show that ArchitectureTest would notice.
@NullMarked
package io.godwit.provider.plantedone;

import org.jspecify.annotations.NullMarked;
