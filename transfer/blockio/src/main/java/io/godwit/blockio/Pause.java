package io.godwit.blockio;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The time of those who try again.
interface Pause {
    long nanoTime();

    /// False when it was ended before its time, by [#end()] or an interrupt.
    boolean sleep(Duration time);

    /// From any thread: ends the pause of now and all to come.
    void end();

    boolean ended();

    static Pause real() {
        var end = new CountDownLatch(1);
        return new Pause() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public boolean sleep(Duration time) {
                try {
                    return !end.await(time.toNanos(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    end.countDown();
                    return false;
                }
            }

            @Override
            public void end() {
                end.countDown();
            }

            @Override
            public boolean ended() {
                return end.getCount() == 0;
            }
        };
    }
}
