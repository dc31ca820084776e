package io.godwit.api.schedule;

import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.RandomId;
import io.godwit.model.plan.PlanId;
import io.godwit.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.quartz.JobBuilder;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.core.QuartzScheduler;
import org.quartz.core.QuartzSchedulerResources;
import org.quartz.impl.DefaultThreadExecutor;
import org.quartz.impl.StdJobRunShellFactory;
import org.quartz.impl.StdScheduler;
import org.quartz.impl.jdbcjobstore.InvalidConfigurationException;
import org.quartz.impl.jdbcjobstore.JobStoreTX;
import org.quartz.simpl.CascadingClassLoadHelper;
import org.quartz.simpl.SimpleThreadPool;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/// Quartz over the store's database. A scheduler of its own for each node, since most plans need the disks of one; over a shared database one more, of which
/// every node is a member, for plans that any can start. Made by hand: Quartz' factories keep one scheduler of a name per JVM.
public final class QuartzAlarm implements Alarm, AutoCloseable {
    private static final String GROUP = "plan-starts";
    private static final String ALL = "godwit";
    /// So late at the most does a server see what another one has set.
    private static final long LOOK_MILLIS = 5_000;

    private final Database database;
    private final String node;
    private final String source = RandomId.next("store");
    private final Map<String, Scheduler> schedulers = new HashMap<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private Consumer<PlanId> due = _ -> {
    };

    /// Over that database, for that node; nobody is woken before [#start].
    public QuartzAlarm(Database database, String node) {
        this.database = database;
        this.node = node;
        DBConnectionManager.getInstance().addConnectionProvider(source, new StoreConnections(database));
    }

    /// Connections of the store's pool, which is not Quartz' to open or close.
    private record StoreConnections(Database database) implements ConnectionProvider {
        @Override
        public Connection getConnection() throws SQLException {
            return database.dataSource().getConnection();
        }

        @Override
        public void initialize() {}

        @Override
        public void shutdown() {}
    }

    /// From now on this server is woken.
    public void start(Consumer<PlanId> listener) {
        try {
            due = listener;
            scheduler(name(node)).start();
            if (database.isShared()) {
                scheduler(ALL).start();
            }
        } catch (SchedulerException e) {
            throw unavailable("alarms cannot be heard", e);
        }
    }

    private static String name(String node) {
        return ALL + "@" + node;
    }

    private Scheduler of(@Nullable String wanted) throws SchedulerException {
        return scheduler(!database.isShared() ? name(node) : wanted == null ? ALL : name(wanted));
    }

    private synchronized Scheduler scheduler(String name) throws SchedulerException {
        var known = schedulers.get(name);
        if (known == null) {
            known = make(name);
            schedulers.put(name, known);
        }
        return known;
    }

    private Scheduler make(String name) throws SchedulerException {
        var jobs = new JobStoreTX();
        jobs.setDataSource(source);
        jobs.setTablePrefix("QRTZ_");
        jobs.setInstanceName(name);
        jobs.setInstanceId(node);
        jobs.setIsClustered(database.isShared());
        try {
            jobs.setDriverDelegateClass(database.quartzDelegate());
        } catch (InvalidConfigurationException e) {
            throw new SchedulerException("no driver delegate", e);
        }
        var threads = new SimpleThreadPool(1, Thread.NORM_PRIORITY);
        threads.setInstanceName(name);
        threads.setThreadNamePrefix("plan-start");
        threads.setMakeThreadsDaemons(true);
        threads.initialize();
        var shells = new StdJobRunShellFactory();
        var resources = new QuartzSchedulerResources();
        resources.setName(name);
        resources.setInstanceId(node);
        resources.setThreadName("alarms-" + name);
        resources.setMakeSchedulerThreadDaemon(true);
        resources.setThreadExecutor(new DefaultThreadExecutor());
        resources.setThreadPool(threads);
        resources.setJobRunShellFactory(shells);
        resources.setJobStore(jobs);
        var core = new QuartzScheduler(resources, LOOK_MILLIS, -1);
        core.setJobFactory((_, _) -> new StartPlan(plan -> due.accept(plan), stopping));
        var classes = new CascadingClassLoadHelper();
        classes.initialize();
        jobs.initialize(classes, core.getSchedulerSignaler());
        var scheduler = new StdScheduler(core);
        shells.initialize(scheduler);
        core.initialize();
        return scheduler;
    }

    @Override
    public void set(PlanId plan, @Nullable String wanted, Instant at) {
        var key = new JobKey(plan.value(), GROUP);
        var job = JobBuilder.newJob(StartPlan.class).withIdentity(key).storeDurably().requestRecovery().build();
        var trigger = TriggerBuilder.newTrigger().withIdentity(trigger(plan)).forJob(key).startAt(Date.from(at))
                .withSchedule(SimpleScheduleBuilder.simpleSchedule().withMisfireHandlingInstructionFireNow()).build();
        try {
            var scheduler = of(wanted);
            scheduler.addJob(job, true);
            if (scheduler.rescheduleJob(trigger.getKey(), trigger) == null) {
                scheduler.scheduleJob(trigger);
            }
        } catch (SchedulerException e) {
            throw unavailable("the start of plan " + plan + " cannot be scheduled", e);
        }
    }

    private static TriggerKey trigger(PlanId plan) {
        return new TriggerKey(plan.value(), GROUP);
    }

    @Override
    public void remove(PlanId plan, @Nullable String wanted) {
        try {
            of(wanted).deleteJob(new JobKey(plan.value(), GROUP));
        } catch (SchedulerException e) {
            throw unavailable("the alarm of plan " + plan + " cannot be removed", e);
        }
    }

    @Override
    public boolean isSet(PlanId plan, @Nullable String wanted) {
        try {
            return of(wanted).checkExists(trigger(plan));
        } catch (SchedulerException e) {
            throw unavailable("the alarm of plan " + plan + " cannot be looked up", e);
        }
    }

    private static FaultException unavailable(String what, SchedulerException e) {
        return new FaultException(EngineFault.STORE_UNAVAILABLE, what, e);
    }

    @Override
    public void close() {
        stopping.countDown();
        List<Scheduler> all;
        synchronized (this) {
            all = new ArrayList<>(schedulers.values());
        }
        for (var each : all) {
            try {
                each.shutdown(true);
            } catch (SchedulerException e) {
                throw unavailable("alarms cannot be stopped", e);
            }
        }
    }
}
