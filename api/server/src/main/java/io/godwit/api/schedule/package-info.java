/// Starts of plans at a time. What is to start is kept by us; Quartz only wakes us, from tables in the same database.
@NullMarked
package io.godwit.api.schedule;

import org.jspecify.annotations.NullMarked;
