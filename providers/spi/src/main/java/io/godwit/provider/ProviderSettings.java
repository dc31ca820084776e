package io.godwit.provider;

import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a person registered.
///
/// @param id of the provider
/// @param url where it is, as its README says (`/srv/ova`, `https://vcenter/sdk`)
/// @param settings further settings, each named in the provider's README
/// @param secrets credentials by name; never logged, see [#toString()]
/// @param node facts of the machine that this control plane runs on, for providers that use it
public record ProviderSettings(String id, String url, Map<String, String> settings, Map<String, String> secrets, Node node) {
    /// The machine that this control plane runs on.
    ///
    /// @param id stable over restarts; local volumes and child processes belong to it
    /// @param workerCommand argv that starts a worker; the job's folder is appended
    /// @param runtimeDirectory short (unix socket paths stay below 107 bytes) and private to us
    public record Node(String id, List<String> workerCommand, Path runtimeDirectory) {}

    public Optional<String> setting(String name) {
        return Optional.ofNullable(settings.get(name));
    }

    public String requireSecret(String name) {
        var value = secrets.get(name);
        if (value == null) {
            throw new FaultException(
                    Fault.of(SpiFault.SETTING_MISSING, "provider " + id + " has no secret " + name, "it was registered without one"));
        }
        return value;
    }

    /// The URL as an absolute local path; `file:` URLs too.
    public Path localPath() {
        return url.startsWith("file:") ? Path.of(URI.create(url)) : Path.of(url).toAbsolutePath().normalize();
    }

    @Override
    public String toString() {
        return "ProviderSettings[" + id + ", " + url + "]";
    }
}
