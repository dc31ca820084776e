package io.godwit.api.rest;

import io.godwit.api.ServerFault;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.stage.Providers;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.plan.PlanId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.testkit.FakeDestination;
import io.godwit.provider.testkit.FakeSource;
import io.godwit.provider.testkit.FakeWorkerPool;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One source with one VM and one destination, whatever is registered; an URL with `broken` in it cannot be reached.
final class FakePlatforms implements Platforms, Providers {
    static final Fault BROKEN = new Fault("FAKE_UNREACHABLE", Blame.SOURCE, true, "the fake cannot be reached", "its URL says so",
            "Use another URL.");

    final FakeSource source = new FakeSource().add("vm-1", "web", 1 << 20);
    final FakeDestination destination = new FakeDestination(new FakeWorkerPool(Clock.systemUTC()));
    final List<String> disconnected = new ArrayList<>();

    @Override
    public String recognise(Role role, String location) {
        if (!location.startsWith("fake:")) {
            throw new FaultException(ServerFault.PROVIDER_TYPE_UNKNOWN, "cannot tell which type of provider " + location + " is",
                    "none recognises it");
        }
        return role == Role.SOURCE ? "fake-source" : "fake-destination";
    }

    @Override
    public Map<String, String> guestKeys(PlanId plan, String vm) {
        return Map.of();
    }

    @Override
    public ProviderRow describe(String name, String type, String url, Map<String, String> settings, Map<String, String> secrets) {
        var role = switch (type) {
            case "fake-source" -> Role.SOURCE;
            case "fake-destination" -> Role.DESTINATION;
            default -> throw new FaultException(ServerFault.PROVIDER_TYPE_UNKNOWN, "provider type " + type + " cannot be used",
                    "this server has fake-destination, fake-source");
        };
        return new ProviderRow("id-of-" + name, name, role, type, url, settings, secrets, null);
    }

    @Override
    public Optional<Fault> connect(ProviderRow provider) {
        return provider.url().contains("broken") ? Optional.of(BROKEN) : Optional.empty();
    }

    @Override
    public void disconnect(String providerId) {
        disconnected.add(providerId);
    }

    @Override
    public SourceProvider source(String id) {
        if (id.contains("broken")) {
            throw new FaultException(BROKEN);
        }
        return source;
    }

    @Override
    public DestinationProvider destination(String id) {
        return destination;
    }
}
