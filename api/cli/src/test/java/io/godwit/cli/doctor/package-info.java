@NullMarked
package io.godwit.cli.doctor;

import org.jspecify.annotations.NullMarked;
