package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Mappings as REST takes and shows them; names of the fields are Forklift's.
final class MappingViews {
    /// What a name may be: fit for a file, a URL and a Kubernetes object.
    static final String NAME = "[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?";
    static final String NAME_MESSAGE = "must be 1 to 63 of letters, digits, '-', '_' and '.', and begin and end with a letter or digit";

    /// Both by id or name.
    record ProviderPair(@NotNull String source, @NotNull String destination) {}

    /// One of both.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SourceRef(@Nullable String id, @Nullable String name) {

        @JsonIgnore
        @AssertTrue(message = "one of them is needed")
        boolean isIdOrName() {
            return id != null || name != null;
        }

        String idOrName() {
            return id != null ? id : String.valueOf(name);
        }
    }

    /// @param map empty where the VMs that are meant have no network cards
    record NetworkMappingRequest(@NotNull @Pattern(regexp = NAME, message = NAME_MESSAGE) String name,
            @NotNull @Valid ProviderPair provider, @NotNull List<@Valid NetworkPair> map) {}

    /// @param id stable
    record NetworkMappingView(String id, String name, ProviderPair provider, List<NetworkPair> map) {

        static NetworkMappingView of(NetworkMapping mapping) {
            return new NetworkMappingView(mapping.id(), mapping.name(),
                    new ProviderPair(mapping.sourceProvider(), mapping.destinationProvider()),
                    mapping.pairs().stream().map(
                            pair -> new NetworkPair(new SourceRef(pair.source(), null), NetworkDestination.of(pair.destination())))
                            .toList());
        }
    }

    record NetworkPair(@NotNull @Valid SourceRef source, @NotNull @Valid NetworkDestination destination) {}

    enum NetworkKind {
        @JsonProperty("pod")
        POD, @JsonProperty("multus")
        MULTUS, @JsonProperty("network")
        NETWORK, @JsonProperty("ignored")
        IGNORED
    }

    /// @param namespace of the NetworkAttachmentDefinition; only with `multus`
    /// @param name of the NetworkAttachmentDefinition or network; only with `multus` and `network`
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record NetworkDestination(@NotNull NetworkKind type, @Nullable String namespace, @Nullable String name) {

        static NetworkDestination of(NetworkTarget target) {
            return switch (target) {
                case NetworkTarget.Pod _ -> new NetworkDestination(NetworkKind.POD, null, null);
                case NetworkTarget.Multus(var namespace, var name) -> new NetworkDestination(NetworkKind.MULTUS, namespace, name);
                case NetworkTarget.Named(var name) -> new NetworkDestination(NetworkKind.NETWORK, null, name);
                case NetworkTarget.Ignored _ -> new NetworkDestination(NetworkKind.IGNORED, null, null);
            };
        }

        @JsonIgnore
        @AssertTrue(message = "type network has a name, type multus has both, the others have none")
        boolean isNameAndNamespace() {
            return switch (type) {
                case null -> true;
                case POD, IGNORED -> name == null && namespace == null;
                case NETWORK -> name != null && !name.isBlank() && namespace == null;
                case MULTUS -> name != null && !name.isBlank() && namespace != null && !namespace.isBlank();
            };
        }

        NetworkTarget target() {
            return switch (type) {
                case POD -> new NetworkTarget.Pod();
                case MULTUS -> new NetworkTarget.Multus(String.valueOf(namespace), String.valueOf(name));
                case NETWORK -> new NetworkTarget.Named(String.valueOf(name));
                case IGNORED -> new NetworkTarget.Ignored();
            };
        }
    }

    record StorageMappingRequest(@NotNull @Pattern(regexp = NAME, message = NAME_MESSAGE) String name,
            @NotNull @Valid ProviderPair provider, @NotNull List<@Valid StoragePair> map) {}

    /// @param id stable
    record StorageMappingView(String id, String name, ProviderPair provider, List<StoragePair> map) {

        static StorageMappingView of(StorageMapping mapping) {
            return new StorageMappingView(mapping.id(), mapping.name(),
                    new ProviderPair(mapping.sourceProvider(), mapping.destinationProvider()),
                    mapping.pairs().stream().map(
                            pair -> new StoragePair(new SourceRef(pair.source(), null), StorageDestination.of(pair.destination())))
                            .toList());
        }
    }

    record StoragePair(@NotNull @Valid SourceRef source, @NotNull @Valid StorageDestination destination) {}

    /// @param storageClass absent = the destination's default
    /// @param volumeMode `Filesystem` or `Block`; absent = the destination's default
    /// @param accessMode `ReadWriteOnce`, `ReadWriteMany` or `ReadOnlyMany`; absent = the destination's default
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record StorageDestination(@Nullable String storageClass,
            @Nullable @Pattern(regexp = "Filesystem|Block", message = "must be Filesystem or Block") String volumeMode,
            @Nullable @Pattern(regexp = "ReadWriteOnce|ReadWriteMany|ReadOnlyMany", message = "must be ReadWriteOnce, ReadWriteMany or ReadOnlyMany") String accessMode) {

        static StorageDestination of(StorageTarget target) {
            return new StorageDestination(target.storageClass().isEmpty() ? null : target.storageClass(), target.volumeMode(),
                    target.accessMode());
        }

        StorageTarget target() {
            return new StorageTarget(storageClass == null ? "" : storageClass, volumeMode, accessMode);
        }
    }

    private MappingViews() {}
}
