package io.godwit.routes;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.migration.Pushed;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running dispatch of this replica.
public final class Dispatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(15);

    private final Consumer<VmMigrationId> wake;
    private final ExecutorService pushes = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("push-", 0).factory());
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final ProducerTemplate hints;

    /// Makes the routes without starting them.
    ///
    /// @param wake makes a VM migration due now, for all replicas
    /// @param stages those that have a route; a VM migration whose next stage has none stops there with a fault
    /// @param pollEvery how often due VM migrations are looked for when nothing hints at one
    /// @param news is told of every step that is done or has failed, and of every end
    public Dispatch(VmMigrationRunner runner, Consumer<VmMigrationId> wake, List<StageRoute> stages, Duration pollEvery,
            Consumer<Pushed> news, MeterRegistry metrics) {
        this.wake = wake;
        camel.getCamelContextExtension().setName("godwit");
        camel.addRoutePolicyFactory(new RouteTimings(metrics));
        camel.getShutdownStrategy().setTimeout(STOP_WITHIN.toSeconds());
        try {
            camel.addRoutes(new DispatchRoutes(runner, stages, pushes, pollEvery, news));
        } catch (Exception e) {
            throw new IllegalStateException("the routes do not stand", e);
        }
        hints = camel.createProducerTemplate();
    }

    public void start() {
        camel.start();
    }

    /// Something has moved at that VM migration: it is looked at now instead of at its recheck, which it waits for where the store cannot be
    /// reached just now.
    public void hint(VmMigrationId id) {
        try {
            wake.accept(id);
        } catch (FaultException e) {
            if (!e.fault().is(EngineFault.STORE_UNAVAILABLE)) {
                throw e;
            }
            LOG.info("{} waits for its recheck: {}", id, e.getMessage());
            return;
        }
        lookNow();
    }

    /// Something may be due: a start, a command.
    public void lookNow() {
        if (camel.isStarted()) {
            hints.sendBody(DispatchRoutes.CLAIM, "");
        }
    }

    /// Names of the routes that run.
    public List<String> routes() {
        return camel.getRoutes().stream().map(route -> route.getRouteId()).sorted().toList();
    }

    /// Takes a route away.
    public void remove(StageRoute stage) {
        try {
            camel.getRouteController().stopRoute(stage.routeId());
            camel.removeRoute(stage.routeId());
        } catch (Exception e) {
            throw new IllegalStateException("cannot remove the route " + stage.routeId(), e);
        }
    }

    /// Claims nothing more and lets the pushes that run end.
    @Override
    public void close() {
        camel.stop();
        pushes.shutdownNow();
    }
}
