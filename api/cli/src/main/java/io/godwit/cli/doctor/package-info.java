/// What this machine lacks to migrate on it, with what to do about each. [Ailment] is the catalogue.
@NullMarked
package io.godwit.cli.doctor;

import org.jspecify.annotations.NullMarked;
