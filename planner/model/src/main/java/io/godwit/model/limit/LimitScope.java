package io.godwit.model.limit;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which copies share a limit. Everything is named by id.
public sealed interface LimitScope {
    /// Those that it names.
    default List<String> namedProviders() {
        return switch (this) {
            case Link(var all) -> all;
            case SourceHost(var one, _) -> List.of(one);
            case Total() -> List.of();
            case Vm _ -> List.of();
            case Disk _ -> List.of();
        };
    }

    /// The plan that it names, if it names one.
    default Optional<String> namedPlan() {
        return switch (this) {
            case Vm(var one, _) -> Optional.of(one);
            case Disk(var one, _, _) -> Optional.of(one);
            case Total() -> Optional.empty();
            case Link _ -> Optional.empty();
            case SourceHost _ -> Optional.empty();
        };
    }

    /// All copies of all servers.
    record Total() implements LimitScope {}

    /// A way that several providers share, such as a WAN link: the copies from or to any of them.
    record Link(List<String> providers) implements LimitScope {
        public Link {
            providers = List.copyOf(providers);
        }
    }

    /// The copies from one source, or from one host inside it.
    ///
    /// @param host as the inventory names it (an ESXi host); `null` = the whole source
    record SourceHost(String provider, @Nullable String host) implements LimitScope {}

    /// The copies of one VM of a plan.
    record Vm(String plan, String vm) implements LimitScope {}

    /// The copies of one disk of a VM of a plan.
    record Disk(String plan, String vm, String disk) implements LimitScope {}
}
