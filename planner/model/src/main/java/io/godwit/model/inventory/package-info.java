/// The read model of a source: its VMs, disks, networks and storages.
@NullMarked
package io.godwit.model.inventory;

import org.jspecify.annotations.NullMarked;
