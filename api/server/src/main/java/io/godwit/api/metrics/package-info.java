/// What is measured of migrations, in the form that Prometheus reads: docs/reference/metrics.md.
@NullMarked
package io.godwit.api.metrics;

import org.jspecify.annotations.NullMarked;
