package io.godwit.api;

import io.godwit.api.rest.Platforms;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.stage.Providers;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.RandomId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.PlanId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.DestinationProviderFactory;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SourceProviderFactory;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Connects to what was registered when it is first needed, once, and keeps the connection until the provider or the server goes.
final class ConnectedProviders implements Providers, Platforms, AutoCloseable {
    private final CatalogStore catalog;
    private final ProviderSettings.Node node;
    private final InstantSource clock;
    private final Map<String, SourceProviderFactory> sourceTypes;
    private final Map<String, DestinationProviderFactory> destinationTypes;
    private final Map<String, Connection<SourceProvider>> sources = new ConcurrentHashMap<>();
    private final Map<String, Connection<DestinationProvider>> destinations = new ConcurrentHashMap<>();
    private volatile Consumer<VmMigrationId> workerHints = _ -> {
    };

    ConnectedProviders(CatalogStore catalog, ProviderSettings.Node node, InstantSource clock, List<SourceProviderFactory> sourceTypes,
            List<DestinationProviderFactory> destinationTypes) {
        this.catalog = catalog;
        this.node = node;
        this.clock = clock;
        this.sourceTypes = sourceTypes.stream().collect(Collectors.toUnmodifiableMap(SourceProviderFactory::type, Function.identity()));
        this.destinationTypes = destinationTypes.stream()
                .collect(Collectors.toUnmodifiableMap(DestinationProviderFactory::type, Function.identity()));
    }

    /// Who is told when a job of any pool has moved.
    void onWorkerChange(Consumer<VmMigrationId> listener) {
        workerHints = listener;
    }

    @Override
    public SourceProvider source(String id) {
        var row = require(id, Role.SOURCE);
        var factory = sourceTypes.get(row.type());
        if (factory == null) {
            throw unknownType(row.type());
        }
        return sources.computeIfAbsent(row.id(), _ -> new Connection<>(clock)).open(() -> factory.connect(settings(row)));
    }

    @Override
    public DestinationProvider destination(String id) {
        var row = require(id, Role.DESTINATION);
        var factory = destinationTypes.get(row.type());
        if (factory == null) {
            throw unknownType(row.type());
        }
        return destinations.computeIfAbsent(row.id(), _ -> new Connection<>(clock)).open(() -> {
            var destination = factory.connect(settings(row));
            destination.workers().onChange(vm -> workerHints.accept(vm));
            return destination;
        });
    }

    @Override
    public Map<String, String> guestKeys(PlanId plan, String vm) {
        return catalog.guestKeys(plan, vm);
    }

    private ProviderRow require(String id, Role role) {
        var row = catalog.findProvider(id).filter(one -> one.role() == role).orElseThrow(() -> new FaultException(
                EngineFault.PROVIDER_NOT_FOUND, "provider " + id + " cannot be used", "there is none of that id that is a " + role));
        if (row.node() != null && !row.node().equals(node.id())) {
            throw new FaultException(ServerFault.PROVIDER_ELSEWHERE, "provider " + row.name() + " cannot be used from node " + node.id(),
                    "it belongs to node " + row.node());
        }
        return row;
    }

    private ProviderSettings settings(ProviderRow row) {
        return new ProviderSettings(row.id(), row.url(), row.settings(), row.secrets(), node);
    }

    private FaultException unknownType(String type) {
        var known = new TreeSet<>(sourceTypes.keySet());
        known.addAll(destinationTypes.keySet());
        return new FaultException(ServerFault.PROVIDER_TYPE_UNKNOWN, "provider type " + type + " cannot be used",
                "this server has " + String.join(", ", known));
    }

    @Override
    public String recognise(Role role, String location) {
        var known = new TreeSet<String>();
        switch (role) {
            case SOURCE -> sourceTypes.values().stream().filter(one -> one.recognises(location)).forEach(one -> known.add(one.type()));
            case DESTINATION -> destinationTypes.values().stream().filter(one -> one.recognises(location))
                    .forEach(one -> known.add(one.type()));
        }
        if (known.size() != 1) {
            throw new FaultException(ServerFault.PROVIDER_TYPE_UNKNOWN, "cannot tell which type of provider " + location + " is",
                    known.isEmpty()
                            ? "none of " + String.join(", ", new TreeSet<>((role == Role.SOURCE ? sourceTypes : destinationTypes).keySet()))
                                    + " recognises it"
                            : "it could be any of " + String.join(", ", known));
        }
        return known.first();
    }

    @Override
    public ProviderRow describe(String name, String type, String url, Map<String, String> settings, Map<String, String> secrets) {
        if (!sourceTypes.containsKey(type) && !destinationTypes.containsKey(type)) {
            throw unknownType(type);
        }
        var role = sourceTypes.containsKey(type) ? Role.SOURCE : Role.DESTINATION;
        var ofThisMachine = url.startsWith("/") || url.startsWith("file:");
        return new ProviderRow(RandomId.next(role == Role.SOURCE ? "s" : "d"), name, role, type, url, settings, secrets,
                ofThisMachine ? node.id() : null);
    }

    @Override
    public Optional<Fault> connect(ProviderRow provider) {
        try {
            switch (provider.role()) {
                case SOURCE -> source(provider.id());
                case DESTINATION -> destination(provider.id());
            }
            return Optional.empty();
        } catch (FaultException e) {
            return Optional.of(e.fault());
        }
    }

    @Override
    public void disconnect(String providerId) {
        close(sources.remove(providerId));
        close(destinations.remove(providerId));
    }

    @Override
    public void close() {
        List.copyOf(sources.keySet()).forEach(this::disconnect);
        List.copyOf(destinations.keySet()).forEach(this::disconnect);
    }

    private static void close(@Nullable Connection<?> connection) {
        if (connection != null) {
            connection.close();
        }
    }
}
