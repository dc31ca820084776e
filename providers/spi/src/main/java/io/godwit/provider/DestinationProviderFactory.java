package io.godwit.provider;

/// Listed in `META-INF/services`; the only public type of a destination platform.
public interface DestinationProviderFactory {
    /// The platform's name in REST and settings, e.g. `local`.
    String type();

    /// Whether a location given by a person is probably of this platform; looks, but opens nothing for long.
    boolean recognises(String location);

    /// Checks the settings and connects.
    DestinationProvider connect(ProviderSettings settings);
}
