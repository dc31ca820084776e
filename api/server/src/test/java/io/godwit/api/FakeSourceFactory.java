package io.godwit.api;

import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SourceProviderFactory;
import io.godwit.provider.testkit.FakeSource;

/// A source with the VMs that its URL names: `fake:web,db`.
public final class FakeSourceFactory implements SourceProviderFactory {
    @Override
    public String type() {
        return "fake-source";
    }

    @Override
    public boolean recognises(String location) {
        return location.startsWith("fake:");
    }

    @Override
    public SourceProvider connect(ProviderSettings settings) {
        var source = new FakeSource();
        for (var name : settings.url().substring("fake:".length()).split(",", -1)) {
            source.add("vm-" + name, name, 1 << 20, 2 << 20);
        }
        return source;
    }
}
