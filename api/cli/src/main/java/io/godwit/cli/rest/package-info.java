/// The server as the command line sees it: requests, answers as JSON trees, and what went wrong.
@NullMarked
package io.godwit.cli.rest;

import org.jspecify.annotations.NullMarked;
