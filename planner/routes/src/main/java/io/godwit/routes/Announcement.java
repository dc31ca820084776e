package io.godwit.routes;

import io.godwit.engine.migration.Pushed;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Tells that a step is done or has failed, and logs when a VM migration has come to a stand.
final class Announcement implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(Announcement.class);

    private final Consumer<Pushed> news;

    Announcement(Consumer<Pushed> news) {
        this.news = news;
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        var pushed = exchange.getMessage().getMandatoryBody(Pushed.class);
        try (var _ = MDC.putCloseable("vmMigration", pushed.id().value())) {
            news.accept(pushed);
            if (!pushed.ended()) {
                LOG.debug("{} goes on", pushed.id());
            } else if (pushed.fault() == null) {
                LOG.info("VM migration {} is {}", pushed.id(), pushed.phase());
            } else {
                LOG.warn("VM migration {} is {}: {}", pushed.id(), pushed.phase(), pushed.fault());
            }
        }
    }
}
