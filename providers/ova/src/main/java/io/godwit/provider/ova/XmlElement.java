package io.godwit.provider.ova;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// An element of an OVF, by local names: writers disagree on prefixes and namespaces, and no two names differ in them alone.
///
/// @param attributes without those of XML itself (`xml:lang`, `xsi:type`)
/// @param text its own text, without that of its children, stripped
record XmlElement(String name, Map<String, String> attributes, List<XmlElement> children, String text) {
    Optional<String> attribute(String attribute) {
        return Optional.ofNullable(attributes.get(attribute)).map(String::strip).filter(value -> !value.isEmpty());
    }

    Stream<XmlElement> children(String child) {
        return children.stream().filter(element -> element.name.equals(child));
    }

    Optional<XmlElement> child(String child) {
        return children(child).findFirst();
    }

    /// Itself and all below it, outermost first.
    Stream<XmlElement> all() {
        return Stream.concat(Stream.of(this), children.stream().flatMap(XmlElement::all));
    }

    /// Whether it has that attribute, and it is true.
    boolean is(String attribute) {
        return attribute(attribute).filter(value -> value.equalsIgnoreCase("true") || value.equals("1")).isPresent();
    }

    /// Text of the first child of that name; empty where there is none or it has none.
    Optional<String> childText(String child) {
        return child(child).map(XmlElement::text).filter(value -> !value.isEmpty());
    }
}
