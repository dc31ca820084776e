package io.godwit.api.rest;

import io.godwit.engine.catalog.ProviderRow;
import io.godwit.model.fault.Fault;
import java.util.Map;
import java.util.Optional;

/// The platforms that this server has, and its connections to what was registered of them.
public interface Platforms {
    /// The type of platform that such a location probably is of; a fault where none of that role knows it.
    String recognise(ProviderRow.Role role, String location);

    /// A row for it that is not stored yet; a fault where this server has no such type.
    ProviderRow describe(String name, String type, String url, Map<String, String> settings, Map<String, String> secrets);

    /// Connects where it is not yet; the fault of that, if any.
    Optional<Fault> connect(ProviderRow provider);

    /// Closes the connection of a provider that is gone.
    void disconnect(String providerId);
}
