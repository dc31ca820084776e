package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of a list as REST shows it.
///
/// @param next in `continue`: what to ask for the next page with; absent on the last
@JsonInclude(JsonInclude.Include.NON_NULL)
record ItemsView<T>(List<T> items, @JsonProperty("continue") @Nullable String next) {}
