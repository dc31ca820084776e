package io.godwit.api;

import io.godwit.provider.DestinationProvider;
import io.godwit.provider.DestinationProviderFactory;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.testkit.FakeDestination;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A destination whose jobs end by its test's will; one per URL, whichever server connects to it.
public final class FakeDestinationFactory implements DestinationProviderFactory {
    static final Map<String, HintingWorkerPool> POOLS = new ConcurrentHashMap<>();

    private static final Map<String, FakeDestination> DESTINATIONS = new ConcurrentHashMap<>();

    static HintingWorkerPool pool(String url) {
        return POOLS.computeIfAbsent(url, _ -> new HintingWorkerPool());
    }

    @Override
    public String type() {
        return "fake-destination";
    }

    @Override
    public boolean recognises(String location) {
        return false;
    }

    @Override
    public DestinationProvider connect(ProviderSettings settings) {
        return DESTINATIONS.computeIfAbsent(settings.url(), url -> new FakeDestination(pool(url)));
    }
}
