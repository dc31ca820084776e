package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.model.fault.Fault;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Providers as REST takes and shows them.
final class ProviderViews {
    enum Role {
        @JsonProperty("source")
        SOURCE, @JsonProperty("destination")
        DESTINATION;

        ProviderRow.Role model() {
            return this == SOURCE ? ProviderRow.Role.SOURCE : ProviderRow.Role.DESTINATION;
        }
    }

    /// @param type absent = the only one of that role which recognises the URL
    /// @param role only where the type is absent
    /// @param url where the platform is, as the provider's README says
    /// @param settings further settings, as the README names them
    /// @param secrets credentials by name; never shown again
    record ProviderRequest(@NotNull @Pattern(regexp = MappingViews.NAME, message = MappingViews.NAME_MESSAGE) String name,
            @Nullable @Size(min = 1) String type, @Nullable Role role, @NotBlank String url, @Nullable Map<String, String> settings,
            @Nullable Map<String, String> secrets) {

        @JsonIgnore
        @AssertTrue(message = "one of them is needed, and not both")
        boolean isTypeOrRole() {
            return type == null != (role == null);
        }

        /// Without the secrets.
        @Override
        public String toString() {
            return "ProviderRequest[" + name + ", " + type + ", " + url + "]";
        }
    }

    /// @param role `source` or `destination`
    /// @param phase `Ready` or `ConnectionFailed`, with the fault of connecting
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ProviderView(String id, String name, String type, @OneOf("source destination") String role, String url,
            Map<String, String> settings,
            @OneOf("Ready ConnectionFailed") String phase,
            @Nullable FaultView fault) {

        static ProviderView of(ProviderRow row, @Nullable Fault fault) {
            return new ProviderView(row.id(), row.name(), row.type(), row.role() == ProviderRow.Role.SOURCE ? "source" : "destination",
                    row.url(), row.settings(), fault == null ? "Ready" : "ConnectionFailed", fault == null ? null : FaultView.of(fault));
        }
    }

    private ProviderViews() {}
}
