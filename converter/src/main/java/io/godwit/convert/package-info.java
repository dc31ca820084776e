/// What is done inside a guest: looking into it, making it bootable on KVM, and seeing it boot. Runs in workers only.
@NullMarked
package io.godwit.convert;

import org.jspecify.annotations.NullMarked;
