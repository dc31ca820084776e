package io.godwit.api.rest;

import java.util.List;

/// A list as REST shows it: an object, so that it can grow.
record ItemsView<T>(List<T> items) {}
