package io.godwit.api.schedule;

import org.springframework.context.SmartLifecycle;

/// Hears alarms once everything that they start can run, and no more when it is about to stop.
public final class AlarmLifecycle implements SmartLifecycle {
    private final QuartzAlarm alarm;
    private final PlanStarts starts;
    private final String node;
    private volatile boolean running;

    public AlarmLifecycle(QuartzAlarm alarm, PlanStarts starts, String node) {
        this.alarm = alarm;
        this.starts = starts;
        this.node = node;
    }

    @Override
    public void start() {
        starts.resume(node);
        alarm.start(starts::due);
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        alarm.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE; // starts last, stops first
    }
}
