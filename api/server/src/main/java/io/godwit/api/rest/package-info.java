/// REST under /api/v1: what it accepts and shows, without a model type in it.
@NullMarked
package io.godwit.api.rest;

import org.jspecify.annotations.NullMarked;
