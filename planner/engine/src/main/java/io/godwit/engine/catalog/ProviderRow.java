package io.godwit.engine.catalog;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A provider as a person registered it.
///
/// @param type the factory's type, e.g. the platform's name
/// @param secrets never logged and never shown
/// @param node the only node that can use it; `null` = all can
public record ProviderRow(String id, String name, Role role, String type, String url, Map<String, String> settings,
        Map<String, String> secrets, @Nullable String node) {
    public enum Role {
        SOURCE, DESTINATION
    }

    public ProviderRow withId(String another) {
        return new ProviderRow(another, name, role, type, url, settings, secrets, node);
    }

    @Override
    public String toString() {
        return "ProviderRow[" + id + ", " + name + ", " + role + ", " + type + ", " + url + "]";
    }
}
