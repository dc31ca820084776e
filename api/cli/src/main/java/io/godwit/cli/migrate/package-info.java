/// What `godwit migrate` does by itself before it asks the server like any other command: a server of its own, and choices.
@NullMarked
package io.godwit.cli.migrate;

import org.jspecify.annotations.NullMarked;
