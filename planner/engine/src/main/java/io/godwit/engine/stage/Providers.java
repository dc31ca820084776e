package io.godwit.engine.stage;

import io.godwit.provider.DestinationProvider;
import io.godwit.provider.SourceProvider;

/// Connected providers by the id under which they were registered. Implementations keep connections and close them; callers do not.
public interface Providers {
    /// A fault `PROVIDER_NOT_FOUND` where there is none, else the fault of connecting.
    SourceProvider source(String id);

    /// A fault `PROVIDER_NOT_FOUND` where there is none, else the fault of connecting.
    DestinationProvider destination(String id);
}
