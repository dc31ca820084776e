/// What crosses the border between the control plane and its workers: data only, never a handle, never a secret's value.
@NullMarked
package io.godwit.model.disk;

import org.jspecify.annotations.NullMarked;
