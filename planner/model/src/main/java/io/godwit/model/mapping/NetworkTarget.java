package io.godwit.model.mapping;

/// What a source network becomes.
public sealed interface NetworkTarget {
    /// The pod network of Kubernetes.
    record Pod() implements NetworkTarget {}

    /// A NetworkAttachmentDefinition.
    record Multus(String namespace, String name) implements NetworkTarget {}

    /// A network that the destination knows by name, e.g. a libvirt network.
    record Named(String name) implements NetworkTarget {}

    /// The card is left out of the new VM.
    record Ignored() implements NetworkTarget {}
}
