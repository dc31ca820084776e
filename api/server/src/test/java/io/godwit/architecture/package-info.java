/// The rules that hold over all modules, and code that breaks them to show that they would be noticed.
@NullMarked
package io.godwit.architecture;

import org.jspecify.annotations.NullMarked;
