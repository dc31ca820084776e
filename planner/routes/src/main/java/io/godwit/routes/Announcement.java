package io.godwit.routes;

import io.godwit.engine.migration.Pushed;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Says that a VM migration has come to a stand. Notifications to people will be taken from here.
final class Announcement implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(Announcement.class);

    @Override
    public void process(Exchange exchange) throws Exception {
        var pushed = exchange.getMessage().getMandatoryBody(Pushed.class);
        try (var _ = MDC.putCloseable("vmMigration", pushed.id().value())) {
            if (pushed.fault() == null) {
                LOG.info("VM migration {} is {}", pushed.id(), pushed.phase());
            } else {
                LOG.warn("VM migration {} is {}: {}", pushed.id(), pushed.phase(), pushed.fault());
            }
        }
    }
}
