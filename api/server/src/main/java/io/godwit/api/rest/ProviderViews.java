package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.model.fault.Fault;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Providers as REST takes and shows them.
final class ProviderViews {
    /// @param url where the platform is, as the provider's README says
    /// @param settings further settings, as the README names them
    /// @param secrets credentials by name; never shown again
    record ProviderRequest(@NotNull @Pattern(regexp = MappingViews.NAME, message = MappingViews.NAME_MESSAGE) String name,
            @NotBlank String type, @NotBlank String url, @Nullable Map<String, String> settings, @Nullable Map<String, String> secrets) {

        /// Without the secrets.
        @Override
        public String toString() {
            return "ProviderRequest[" + name + ", " + type + ", " + url + "]";
        }
    }

    /// @param role `source` or `destination`
    /// @param phase `Ready` or `ConnectionFailed`, with the fault of connecting
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ProviderView(String id, String name, String type, String role, String url, Map<String, String> settings, String phase,
            @Nullable FaultView fault) {

        static ProviderView of(ProviderRow row, @Nullable Fault fault) {
            return new ProviderView(row.id(), row.name(), row.type(), row.role() == ProviderRow.Role.SOURCE ? "source" : "destination",
                    row.url(), row.settings(), fault == null ? "Ready" : "ConnectionFailed", fault == null ? null : FaultView.of(fault));
        }
    }

    private ProviderViews() {}
}
