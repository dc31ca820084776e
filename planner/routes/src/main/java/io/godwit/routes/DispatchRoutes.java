package io.godwit.routes;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.migration.Pushed;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.engine.migration.VmMigrationRunner.Due;
import io.godwit.model.fault.Fault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.direct.DirectConsumerNotAvailableException;

/// Leases due VM migrations to this replica and gives each one push through the route of its next stage.
/// Carries ids only: what is lost here is claimed again.
final class DispatchRoutes extends RouteBuilder {
    /// Asks for a claim now; while one is asked for already, the others are the same one.
    static final String CLAIM = "seda:claim?size=1&discardWhenFull=true&pollTimeout=100";
    static final String ANNOUNCE = "direct:announce";
    private static final String ROUTE = "stageRoute";

    private final VmMigrationRunner runner;
    private final List<StageRoute> stages;
    private final ExecutorService pushes;
    private final Duration pollEvery;
    private final Consumer<Pushed> news;

    DispatchRoutes(VmMigrationRunner runner, List<StageRoute> stages, ExecutorService pushes, Duration pollEvery,
            Consumer<Pushed> news) {
        this.runner = runner;
        this.stages = List.copyOf(stages);
        this.pushes = pushes;
        this.pollEvery = pollEvery;
        this.news = news;
    }

    @Override
    public void configure() {
        // @formatter:off
        errorHandler(defaultErrorHandler().maximumRedeliveries(0)); // tries and back-off are the engine's, in the database

        from("timer:claim?delay=0&period=" + pollEvery.toMillis())
            .routeId("claim-timer")
            .to(CLAIM);

        from(CLAIM)
            .routeId("claim-due")
            .setBody(_ -> runner.claimDue()) // List<Due(id, stage)>, leased to this replica
            .split(body())
                .wireTap("direct:push").executorService(pushes) // a slow one holds up no other
            .end();

        from("direct:push")
            .routeId("push")
            .process(exchange -> exchange.setProperty(ROUTE, StageRoute.routeId(due(exchange).stage())))
            .doTry()
                .toD("direct:${exchangeProperty." + ROUTE + "}?block=false")
            .doCatch(DirectConsumerNotAvailableException.class)
                .process(exchange -> exchange.getMessage().setBody(stopWithoutRoute(due(exchange))))
            .end()
            .filter(exchange -> exchange.getMessage().getBody() instanceof Pushed pushed && pushed.did() == Pushed.Did.STEPPED)
                .to(CLAIM) // its next stage is due now
            .end()
            .filter(exchange -> exchange.getMessage().getBody() instanceof Pushed pushed
                    && (pushed.did() == Pushed.Did.STEPPED || pushed.did() == Pushed.Did.FAULTED || pushed.ended()))
                .wireTap(ANNOUNCE).executorService(pushes)
            .end();

        for (var each : stages) {
            from("direct:" + each.routeId())
                .routeId(each.routeId())
                .process(new Push(runner, pushes, each.pushDeadline())); // exactly once; a fault is a result, not an exception
        }

        from(ANNOUNCE)
            .routeId("announce")
            .process(new Announcement(news));
        // @formatter:on
    }

    private Pushed stopWithoutRoute(Due due) {
        return runner.park(due.id(), Fault.of(EngineFault.STAGE_ROUTE_MISSING, "stage " + due.stage() + " of " + due.id() + " cannot run",
                "this server has no route " + StageRoute.routeId(due.stage())));
    }

    private static Due due(Exchange exchange) throws InvalidPayloadException {
        return exchange.getMessage().getMandatoryBody(Due.class);
    }
}
