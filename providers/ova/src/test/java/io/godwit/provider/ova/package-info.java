/// Tests of the OVA source.
@NullMarked
package io.godwit.provider.ova;

import org.jspecify.annotations.NullMarked;
