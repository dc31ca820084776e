/// The process that does the long work on the disks of one VM: takes one job from its folder, runs it, tells how far it is, and leaves its
/// end in the folder. No Spring, no Camel; it knows no control plane and needs none to go on.
@NullMarked
package io.godwit.worker;

import org.jspecify.annotations.NullMarked;
