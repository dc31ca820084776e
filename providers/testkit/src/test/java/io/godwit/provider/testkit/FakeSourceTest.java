package io.godwit.provider.testkit;

import io.godwit.provider.SourceProvider;

class FakeSourceTest extends SourceProviderContract {
    private final FakeSource source = new FakeSource().add("vm-1", "Web 1", 1 << 20, 2 << 20).add("vm-2", "db", 1 << 20);

    @Override
    protected SourceProvider source() {
        return source;
    }

    @Override
    protected void changeBytes(String vmId) {
        source.changeBytes(vmId);
    }
}
