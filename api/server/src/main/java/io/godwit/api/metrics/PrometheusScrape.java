package io.godwit.api.metrics;

import io.godwit.api.rest.Scrape;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/// Writes what the registry holds, as Prometheus asks for it.
public final class PrometheusScrape implements Scrape {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text";

    private final PrometheusMeterRegistry registry;
    private final Runnable refresh;

    /// @param refresh reads anew what is not counted as it happens
    public PrometheusScrape(PrometheusMeterRegistry registry, Runnable refresh) {
        this.registry = registry;
        this.refresh = refresh;
    }

    @Override
    public Scraped scrape(String accept) {
        refresh.run();
        var type = accept.contains(OPEN_METRICS) ? OPEN_METRICS + "; version=1.0.0; charset=utf-8" : TEXT;
        return new Scraped(type, registry.scrape(type));
    }
}
