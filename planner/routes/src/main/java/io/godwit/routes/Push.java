package io.godwit.routes;

import io.godwit.engine.migration.Pushed;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.engine.migration.VmMigrationRunner.Due;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Calls the engine once for the due VM migration of the exchange. One that takes longer than the deadline is interrupted and given up:
/// its lease runs out, and a later epoch takes over.
final class Push implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(Push.class);
    private static final String MDC_KEY = "vmMigration";

    private final VmMigrationRunner runner;
    private final ExecutorService pushes;
    private final Duration deadline;

    Push(VmMigrationRunner runner, ExecutorService pushes, Duration deadline) {
        this.runner = runner;
        this.pushes = pushes;
        this.deadline = deadline;
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        var due = exchange.getMessage().getMandatoryBody(Due.class);
        var push = pushes.submit(() -> push(due));
        try {
            exchange.getMessage().setBody(push.get(deadline.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            push.cancel(true);
            LOG.warn("gave up the push of {} at {}: it took longer than {} s", due.id(), due.stage(), deadline.toSeconds());
            throw e;
        } catch (ExecutionException e) {
            LOG.warn("the push of {} at {} broke; it is claimed again when its lease has run out", due.id(), due.stage(), e.getCause());
            throw e;
        }
    }

    private Pushed push(Due due) {
        try (var _ = MDC.putCloseable(MDC_KEY, due.id().value())) {
            var pushed = runner.execute(due.id());
            switch (pushed.did()) {
                case NOTHING, WAITED -> LOG.debug("{}: {}", pushed.stage(), pushed.did());
                case STEPPED -> LOG.info("{} is done", pushed.stage());
                case FAULTED -> LOG.warn("{} ended with a fault: {}", pushed.stage(), pushed.fault());
            }
            return pushed;
        }
    }
}
