/// One start of a plan, and the way of each of its VMs.
@NullMarked
package io.godwit.model.migration;

import org.jspecify.annotations.NullMarked;
