package io.godwit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.quartz.JobBuilder.newJob;
import static org.quartz.TriggerBuilder.newTrigger;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.quartz.CronScheduleBuilder;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerKey;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/// Quartz on the tables that Flyway made for it, clustered, on both databases.
@ExtendWith(PostgreSqlPeer.class)
class QuartzTablesIT {
    private static final BlockingQueue<String> RAN = new ArrayBlockingQueue<>(10);

    /// Public, since Quartz makes it.
    public static final class Starting implements Job {
        @Override
        public void execute(JobExecutionContext context) {
            RAN.add(context.getMergedJobDataMap().getString("plan"));
        }
    }

    @Test
    void keepsWhatIsScheduledOverARestart(@TempDir Path folder, StoreSettings.PostgreSql server) throws Exception {
        for (var settings : List.of(new StoreSettings.Embedded(folder), server)) {
            try (var database = Database.open(settings)) {
                var scheduler = scheduler(database);
                scheduler.scheduleJob(newJob(Starting.class).withIdentity("start", "plans").usingJobData("plan", "p-1").build(),
                        newTrigger().withIdentity("later").startAt(Date.from(Instant.now().plus(Duration.ofHours(1)))).build());
                scheduler.scheduleJob(newTrigger().withIdentity("nightly")
                        .forJob("start", "plans")
                        .withSchedule(CronScheduleBuilder.cronSchedule("0 0 3 * * ?"))
                        .build());
                scheduler.shutdown(true);
            }
            try (var database = Database.open(settings)) {
                var scheduler = scheduler(database);
                scheduler.start();
                assertThat(scheduler.getTriggersOfJob(JobKey.jobKey("start", "plans"))).hasSize(2);
                scheduler.rescheduleJob(TriggerKey.triggerKey("later"), newTrigger().withIdentity("later").startNow().build());
                assertThat(RAN.poll(30, SECONDS)).as("%s", settings).isEqualTo("p-1");
                scheduler.shutdown(true);
            }
        }
    }

    private static Scheduler scheduler(Database database) throws SchedulerException {
        DBConnectionManager.getInstance().addConnectionProvider("store", new ConnectionProvider() {
            @Override
            public Connection getConnection() throws SQLException {
                return database.dataSource().getConnection();
            }

            @Override
            public void initialize() {
                // the pool is open
            }

            @Override
            public void shutdown() {
                // the pool is not Quartz's
            }
        });
        var properties = new Properties();
        properties.putAll(Map.of("org.quartz.scheduler.instanceName", "godwit", "org.quartz.scheduler.instanceId", "AUTO",
                "org.quartz.scheduler.skipUpdateCheck", "true", "org.quartz.threadPool.threadCount", "1", "org.quartz.jobStore.class",
                "org.quartz.impl.jdbcjobstore.JobStoreTX", "org.quartz.jobStore.driverDelegateClass", database.quartzDelegate(),
                "org.quartz.jobStore.dataSource", "store", "org.quartz.jobStore.isClustered", "true"));
        return new StdSchedulerFactory(properties).getScheduler();
    }
}
