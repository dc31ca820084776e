package io.godwit.engine.stage;

import io.godwit.model.plan.PlanId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.SourceProvider;
import java.util.Map;

/// Connected providers by the id under which they were registered, and what a plan keeps secret. Implementations keep connections and close
/// them; callers do not.
public interface Providers {
    /// A fault `PROVIDER_NOT_FOUND` where there is none, else the fault of connecting.
    SourceProvider source(String id);

    /// A fault `PROVIDER_NOT_FOUND` where there is none, else the fault of connecting.
    DestinationProvider destination(String id);

    /// The keys that the plan has for a VM's encrypted devices, by device; never recorded, only handed on.
    Map<String, String> guestKeys(PlanId plan, String vm);
}
