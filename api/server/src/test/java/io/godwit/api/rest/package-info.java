@NullMarked
package io.godwit.api.rest;

import org.jspecify.annotations.NullMarked;
