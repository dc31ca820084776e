package io.godwit.api;

import io.godwit.routes.Dispatch;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Starts to dispatch when all else stands, and stops before anything else goes.
@Component
final class DispatchLifecycle implements SmartLifecycle {
    private final Dispatch dispatch;
    private volatile boolean running;

    DispatchLifecycle(Dispatch dispatch, ConnectedProviders providers) {
        this.dispatch = dispatch;
        providers.onWorkerChange(dispatch::hint);
    }

    @Override
    public void start() {
        dispatch.start();
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        dispatch.close();
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
