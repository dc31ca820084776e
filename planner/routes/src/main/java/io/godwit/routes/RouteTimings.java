package io.godwit.routes;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;

/// Times every exchange of every route: `godwit.route` by route and outcome.
final class RouteTimings implements RoutePolicyFactory {
    private final MeterRegistry metrics;

    RouteTimings(MeterRegistry metrics) {
        this.metrics = metrics;
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext context, String routeId, NamedNode route) {
        return new RoutePolicySupport() {
            @Override
            public void onExchangeDone(Route done, Exchange exchange) {
                metrics.timer("godwit.route", "route", done.getRouteId(), "failed", Boolean.toString(exchange.isFailed()))
                        .record(Duration.ofMillis(exchange.getClock().elapsed()));
            }
        };
    }
}
