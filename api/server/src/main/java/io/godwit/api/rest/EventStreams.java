package io.godwit.api.rest;

import io.godwit.api.ServerFault;
import io.godwit.engine.migration.MigrationEvent;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.migration.Migrations;
import io.godwit.engine.migration.RunningJob;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.json.JsonMapper;

/// Server-Sent Events. What is sent is read from the journals by the stream's own cursor, so a stream holds at most one page in memory, however slow
/// its reader is, and goes on anywhere from the id that the reader saw last. One thread looks for news, for all streams, while there are any.
public final class EventStreams implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);
    private static final Duration LOOK = Duration.ofMillis(300);
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final int LOOKS_PER_PROGRESS = 4;
    private static final int PAGE = 200;
    private static final int MOST = 64;
    /// What an id ends with that the end of a migration was told under.
    private static final String END = "-end";

    private final Migrations migrations;
    private final JsonMapper json;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int open;
    private long newest;
    private Map<VmMigrationId, RunningJob> running = Map.of();
    private boolean stopped = true;

    public EventStreams(Migrations migrations, JsonMapper json) {
        this.migrations = migrations;
        this.json = json;
    }

    /// How many there are now.
    public int open() {
        lock.lock();
        try {
            return open;
        } finally {
            lock.unlock();
        }
    }

    /// A stream behind that id, or from the beginning (of all migrations: from now on).
    Stream open(@Nullable MigrationId migration, @Nullable String lastEventId) {
        long last = migrations.lastEvent();
        long after = lastEventId == null ? migration == null ? last : 0 : number(lastEventId, last);
        boolean endTold = lastEventId != null && lastEventId.endsWith(END);
        lock.lock();
        try {
            if (open == MOST) {
                throw new FaultException(ServerFault.TOO_MANY_STREAMS, "the stream of events was refused",
                        MOST + " streams of this server are open");
            }
            open++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return new Stream(migration, after, endTold);
    }

    private static long number(String id, long last) {
        try {
            long number = Long.parseLong(id.endsWith(END) ? id.substring(0, id.length() - END.length()) : id);
            if (number >= 0 && number <= last) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new RequestInvalidException("Last-Event-ID", "no event of this server has the id " + id);
    }

    @Override
    public void start() {
        stopped = false;
        Thread.ofVirtual().name("events").start(this::look);
    }

    private void look() {
        try {
            for (long looks = 0;; looks++) {
                if (!awaitStreams()) {
                    return;
                }
                try {
                    long last = migrations.lastEvent();
                    tell(last, looks % LOOKS_PER_PROGRESS == 0 ? progress() : null);
                } catch (FaultException e) { // streams go on when it is over
                    LOG.debug("events cannot be read just now: {}", e.fault().toString());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<VmMigrationId, RunningJob> progress() {
        var told = new HashMap<VmMigrationId, RunningJob>();
        migrations.running().forEach(job -> told.put(job.vm(), job));
        return told;
    }

    /// Whether there is somebody to look for, a while after the last look.
    private boolean awaitStreams() throws InterruptedException {
        lock.lock();
        try {
            long nanos = LOOK.toNanos();
            while (!stopped && (nanos > 0 || open == 0)) {
                if (open == 0) {
                    changed.await();
                } else {
                    nanos = changed.awaitNanos(nanos);
                }
            }
            return !stopped;
        } finally {
            lock.unlock();
        }
    }

    private void tell(long last, @Nullable Map<VmMigrationId, RunningJob> progress) {
        lock.lock();
        try {
            newest = Math.max(newest, last);
            running = progress == null ? running : progress;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isRunning() {
        return !stopped;
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE; // ends before the web server waits for its requests
    }

    /// One reader's.
    final class Stream implements AutoCloseable {
        private final @Nullable MigrationId migration;
        private final Map<VmMigrationId, RunningJob> told = new HashMap<>();
        private long cursor;
        private boolean endTold;
        private boolean mayHaveEnded = true;
        private long sentAt;

        private Stream(@Nullable MigrationId migration, long after, boolean endTold) {
            this.migration = migration;
            this.cursor = after;
            this.endTold = endTold;
        }

        /// Whether the reader knows all that will ever be told.
        boolean isOver() {
            return endTold && migrations.events(cursor, migration, 1).isEmpty() && stands() != null;
        }

        /// Writes until the migration has come to a stand, the server stops, or nobody reads any more.
        void writeTo(OutputStream out) throws IOException, InterruptedException {
            out.write("retry: 2000\n\n".getBytes(StandardCharsets.UTF_8));
            if (migration == null) {
                out.write(("id: " + cursor + "\n\n").getBytes(StandardCharsets.UTF_8)); // who loses the connection at once goes on from here
            }
            out.flush();
            sentAt = System.nanoTime();
            long seen = -1;
            while (!isStopped()) {
                long known = newest();
                if (known != seen || known < cursor) {
                    seen = known;
                    writeEvents(out);
                    if (mayHaveEnded && writeEnd(out)) {
                        return;
                    }
                }
                writeProgress(out);
                if (System.nanoTime() - sentAt >= HEARTBEAT.toNanos()) {
                    out.write(":\n\n".getBytes(StandardCharsets.UTF_8));
                    sentAt = System.nanoTime();
                }
                out.flush();
                awaitNews(seen);
            }
        }

        private void writeEvents(OutputStream out) throws IOException {
            List<MigrationEvent> page;
            do {
                page = migrations.events(cursor, migration, PAGE);
                for (var event : page) {
                    var named = EventViews.of(event);
                    if (named.isPresent()) {
                        write(out, Long.toString(event.number()), named.get());
                    }
                    cursor = event.number();
                    mayHaveEnded |= !event.phase().active();
                    endTold = false;
                }
                out.flush();
            } while (page.size() == PAGE && !isStopped());
        }

        /// Told only when nothing is left to tell before it.
        private boolean writeEnd(OutputStream out) throws IOException {
            var end = stands();
            if (end == null) {
                mayHaveEnded = false;
                return false;
            }
            if (!migrations.events(cursor, migration, 1).isEmpty()) {
                writeEvents(out);
                return writeEnd(out);
            }
            write(out, cursor + END, new EventViews.Named("end", EventViews.End.of(end)));
            out.flush();
            return true;
        }

        private @Nullable MigrationView stands() {
            return migration == null
                    ? null
                    : migrations.find(migration).filter(found -> found.phase() != MigrationView.Phase.PENDING
                            && found.phase() != MigrationView.Phase.RUNNING).orElse(null);
        }

        private void writeProgress(OutputStream out) throws IOException {
            var now = jobs();
            told.keySet().retainAll(now.keySet());
            for (var job : now.values()) {
                if ((migration == null || job.migration().equals(migration)) && !job.equals(told.put(job.vm(), job))) {
                    write(out, null, new EventViews.Named("progress", EventViews.Progress.of(job)));
                }
            }
        }

        private void write(OutputStream out, @Nullable String id, EventViews.Named event) throws IOException {
            var text = (id == null ? "" : "id: " + id + "\n") + "event: " + event.name() + "\ndata: "
                    + json.writeValueAsString(event.data()) + "\n\n";
            out.write(text.getBytes(StandardCharsets.UTF_8));
            sentAt = System.nanoTime();
        }

        private boolean isStopped() {
            lock.lock();
            try {
                return stopped;
            } finally {
                lock.unlock();
            }
        }

        private long newest() {
            lock.lock();
            try {
                return newest;
            } finally {
                lock.unlock();
            }
        }

        private Map<VmMigrationId, RunningJob> jobs() {
            lock.lock();
            try {
                return running;
            } finally {
                lock.unlock();
            }
        }

        private void awaitNews(long seen) throws InterruptedException {
            lock.lock();
            try {
                var before = running;
                long nanos = TimeUnit.SECONDS.toNanos(1);
                while (!stopped && newest == seen && running.equals(before) && nanos > 0) {
                    nanos = changed.awaitNanos(nanos);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                open--;
            } finally {
                lock.unlock();
            }
        }
    }
}
