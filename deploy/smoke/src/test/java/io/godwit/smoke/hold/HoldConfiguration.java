package io.godwit.smoke.hold;

import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.routes.Dispatch;
import io.godwit.routes.StageRoute;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;

/// Found by the server under test through Boot's list of auto-configurations.
@AutoConfiguration
public class HoldConfiguration {
    /// Wraps the runner.
    @Bean
    static BeanPostProcessor holdAtStage() {
        var holds = Path.of(System.getProperty("godwit.smoke.holds", "holds"));
        return new BeanPostProcessor() {
            @Override
            public @Nullable Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof VmMigrationRunner runner ? new HoldAtStage(runner, holds) : bean;
            }
        };
    }

    /// Takes the route away that `godwit.smoke.without-route` names.
    @Bean
    ApplicationListener<ApplicationReadyEvent> withoutRoute(Dispatch dispatch) {
        var stage = System.getProperty("godwit.smoke.without-route");
        return _ -> {
            if (stage != null) {
                dispatch.remove(new StageRoute(stage, Duration.ofSeconds(1)));
            }
        };
    }
}
