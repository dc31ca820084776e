package io.godwit.provider.testkit;

import io.godwit.provider.DestinationProvider;
import java.time.Instant;
import java.time.InstantSource;

class FakeDestinationTest extends DestinationProviderContract {
    private final FakeDestination destination = new FakeDestination(new FakeWorkerPool(InstantSource.fixed(Instant.EPOCH)));

    @Override
    protected DestinationProvider destination() {
        return destination;
    }
}
