package io.godwit.api.rest;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.LimitScope;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/// Finds what requests name, by id or name: in the path, where it is not found otherwise; in a field, where the field is wrong otherwise.
@Component
final class CatalogLookup {
    private final CatalogStore catalog;

    CatalogLookup(CatalogStore catalog) {
        this.catalog = catalog;
    }

    ProviderRow requireProvider(String idOrName) {
        return catalog.findProvider(idOrName).orElseThrow(missing(EngineFault.PROVIDER_NOT_FOUND, "provider", idOrName));
    }

    NetworkMapping requireNetworkMapping(String idOrName) {
        return catalog.findNetworkMapping(idOrName).orElseThrow(missing(EngineFault.MAPPING_NOT_FOUND, "network mapping", idOrName));
    }

    StorageMapping requireStorageMapping(String idOrName) {
        return catalog.findStorageMapping(idOrName).orElseThrow(missing(EngineFault.MAPPING_NOT_FOUND, "storage mapping", idOrName));
    }

    Plan requirePlan(String idOrName) {
        return catalog.findPlan(idOrName).orElseThrow(missing(EngineFault.PLAN_NOT_FOUND, "plan", idOrName));
    }

    /// The scope of ids that a limit's scope of ids and names means.
    LimitScope resolve(LimitViews.Scope scope) {
        return switch (scope.type()) {
            case TOTAL -> new LimitScope.Total();
            case LINK -> new LimitScope.Link(linked(Objects.requireNonNullElse(scope.providers(), List.of())));
            case SOURCE_HOST -> new LimitScope.SourceHost(
                    providerOf("scope.provider", String.valueOf(scope.provider()), ProviderRow.Role.SOURCE), scope.host());
            case VM -> vmOf(scope);
            case DISK -> diskOf(vmOf(scope), String.valueOf(scope.disk()));
        };
    }

    private List<String> linked(List<String> providers) {
        var ids = new ArrayList<String>();
        for (int i = 0; i < providers.size(); i++) {
            var field = "scope.providers[" + i + "]";
            var named = providers.get(i);
            ids.add(catalog.findProvider(named).map(ProviderRow::id)
                    .orElseThrow(() -> new RequestInvalidException(field, "there is no provider " + named)));
        }
        return ids.stream().distinct().toList();
    }

    private static LimitScope.Disk diskOf(LimitScope.Vm vm, String disk) {
        return new LimitScope.Disk(vm.plan(), vm.vm(), disk);
    }

    private LimitScope.Vm vmOf(LimitViews.Scope scope) {
        var plan = catalog.findPlan(String.valueOf(scope.plan()))
                .orElseThrow(() -> new RequestInvalidException("scope.plan", "there is no plan " + scope.plan()));
        var named = plan.vms().stream().filter(vm -> vm.id().equals(scope.vm())).findFirst()
                .or(() -> plan.vms().stream().filter(vm -> vm.name().equals(scope.vm())).findFirst())
                .orElseThrow(() -> new RequestInvalidException("scope.vm", "plan " + plan.name() + " has no VM " + scope.vm()));
        return new LimitScope.Vm(plan.id().value(), named.id());
    }

    /// The ids of both; a provider of the wrong role is refused too.
    MappingViews.ProviderPair resolve(MappingViews.ProviderPair pair) {
        return new MappingViews.ProviderPair(providerOf("provider.source", pair.source(), ProviderRow.Role.SOURCE),
                providerOf("provider.destination", pair.destination(), ProviderRow.Role.DESTINATION));
    }

    /// The ids of both; mappings between other providers are refused too.
    PlanViews.MapPair resolve(PlanViews.MapPair pair, MappingViews.ProviderPair providers) {
        var network = catalog.findNetworkMapping(pair.network())
                .orElseThrow(() -> new RequestInvalidException("map.network", "there is no network mapping " + pair.network()));
        requireBetween("map.network", network.sourceProvider(), network.destinationProvider(), providers);
        var storage = catalog.findStorageMapping(pair.storage())
                .orElseThrow(() -> new RequestInvalidException("map.storage", "there is no storage mapping " + pair.storage()));
        requireBetween("map.storage", storage.sourceProvider(), storage.destinationProvider(), providers);
        return new PlanViews.MapPair(network.id(), storage.id());
    }

    private static void requireBetween(String field, String source, String destination, MappingViews.ProviderPair providers) {
        if (!source.equals(providers.source()) || !destination.equals(providers.destination())) {
            throw new RequestInvalidException(field, "the mapping is between other providers than the plan");
        }
    }

    private String providerOf(String field, String idOrName, ProviderRow.Role role) {
        var provider = catalog.findProvider(idOrName)
                .orElseThrow(() -> new RequestInvalidException(field, "there is no provider " + idOrName));
        if (provider.role() != role) {
            throw new RequestInvalidException(field, "provider " + provider.name() + " of type " + provider.type() + " is a "
                    + (provider.role() == ProviderRow.Role.SOURCE ? "source" : "destination"));
        }
        return provider.id();
    }

    private static Supplier<FaultException> missing(EngineFault code, String kind, String idOrName) {
        return () -> new FaultException(code, "cannot find " + kind + " " + idOrName, "there is none of that id or name");
    }
}
