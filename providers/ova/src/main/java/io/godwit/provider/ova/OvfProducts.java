package io.godwit.provider.ova;

import io.godwit.model.inventory.Appliance.Property;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The product sections of an OVF: what it is called, and which properties it would hand to the guest.
final class OvfProducts {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]{1,500})}");

    private final Optional<String> configuration;

    /// @param configuration whose values count, where a property has several
    OvfProducts(Optional<String> configuration) {
        this.configuration = configuration;
    }

    /// Name, vendor and version of the first product that has a name.
    static String product(XmlElement system) {
        return system.children("ProductSection").filter(section -> section.childText("Product").isPresent())
                .map(section -> Stream.of("Product", "Vendor", "Version").map(section::childText).flatMap(Optional::stream)
                        .map(TarIndex::printable).collect(Collectors.joining(", ")))
                .findFirst().orElse("");
    }

    /// Of that system or collection alone.
    List<Property> properties(XmlElement system) {
        var properties = new ArrayList<Property>();
        for (var section : system.children("ProductSection").toList()) {
            section.children("Property").forEach(property -> property.attribute("key")
                    .ifPresent(key -> properties.add(property(qualified(section, key), property))));
        }
        return properties;
    }

    private Property property(String key, XmlElement property) {
        var type = property.attribute("type").orElse("string");
        var secret = property.is("password") || type.equalsIgnoreCase("password");
        return new Property(TarIndex.printable(key), TarIndex.printable(type), TarIndex.printable(property.childText("Label").orElse("")),
                secret ? null : value(property).map(TarIndex::printable).orElse(null), property.is("userConfigurable"), secret);
    }

    private Optional<String> value(XmlElement property) {
        return property.children("Value").filter(value -> value.attribute("configuration").equals(configuration)).findFirst()
                .flatMap(value -> value.attribute("value")).or(() -> property.attribute("value"));
    }

    private static String qualified(XmlElement section, String key) {
        return Stream.of(section.attribute("class"), Optional.of(key), section.attribute("instance")).flatMap(Optional::stream)
                .collect(Collectors.joining("."));
    }

    /// Defaults of all properties of the package, by their key alone and by their full name.
    Map<String, String> values(XmlElement envelope) {
        var values = new HashMap<String, String>();
        envelope.all().filter(section -> section.name().equals("ProductSection"))
                .forEach(section -> section.children("Property").forEach(property -> property.attribute("key")
                        .ifPresent(key -> value(property).ifPresent(value -> {
                            values.putIfAbsent(key, value);
                            values.putIfAbsent(qualified(section, key), value);
                        }))));
        return values;
    }

    /// A text that refers to a property (`${disk.size}`), with that property's value; unchanged where there is no such property.
    static String replaced(String text, Map<String, String> properties) {
        var reference = REFERENCE.matcher(text);
        return reference.matches() ? properties.getOrDefault(reference.group(1), text) : text;
    }
}
