/// What can go wrong, in one form for every module: who is to blame, why, and what to do.
@NullMarked
package io.godwit.model.fault;

import org.jspecify.annotations.NullMarked;
