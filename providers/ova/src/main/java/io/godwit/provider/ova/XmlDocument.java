package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_TOO_LARGE;

import java.io.ByteArrayInputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// Reads XML that a stranger wrote: no document type, so no entities of its own and none from elsewhere; bounded depth and number.
final class XmlDocument {
    private static final String SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";
    private static final int MAX_DEPTH = 64;
    private static final int MAX_ELEMENTS = 100_000;

    private XmlDocument() {}

    /// The root element; a fault where it is not well-formed or has a document type.
    ///
    /// @param what the document's name in faults
    static XmlElement parse(byte[] bytes, String what) {
        // the JDK's own parser, whatever else is on the class path: its limits are the ones that were tested
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setXMLResolver((_, _, _, _) -> {
            throw new XMLStreamException("it refers to another document");
        });
        XMLStreamReader reader;
        try {
            reader = factory.createXMLStreamReader(new ByteArrayInputStream(bytes));
        } catch (XMLStreamException e) {
            throw OVA_OVF_INVALID.because(what + " is not well-formed XML", firstLine(e));
        }
        try {
            return read(reader, what);
        } catch (XMLStreamException e) {
            throw OVA_OVF_INVALID.because(what + " is not well-formed XML", firstLine(e));
        } finally {
            try {
                reader.close();
            } catch (XMLStreamException _) {
                // nothing is open: it reads from memory
            }
        }
    }

    private static XmlElement read(XMLStreamReader reader, String what) throws XMLStreamException {
        var open = new ArrayDeque<Unfinished>();
        XmlElement root = null;
        var elements = 0;
        while (hasNext(reader)) {
            switch (next(reader)) {
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw OVA_OVF_INVALID
                        .because(what + " is refused", "it has a document type or entities of its own, which no OVF needs");
                case XMLStreamConstants.START_ELEMENT -> {
                    if (open.size() == MAX_DEPTH || ++elements > MAX_ELEMENTS) {
                        throw OVA_TOO_LARGE.because(what + " was not read to its end",
                                "it has more than " + MAX_ELEMENTS + " elements, or more than " + MAX_DEPTH + " inside each other");
                    }
                    open.push(new Unfinished(name(reader), attributes(reader)));
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    var element = open.peek();
                    if (element != null) {
                        element.text.append(reader.getText());
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    var element = open.pop().finish();
                    var parent = open.peek();
                    if (parent == null) {
                        root = element;
                    } else {
                        parent.children.add(element);
                    }
                }
                default -> {
                    // comments and the like
                }
            }
        }
        return require(root, what);
    }

    private static XmlElement require(@Nullable XmlElement root, String what) {
        if (root == null) {
            throw OVA_OVF_INVALID.because(what + " is not well-formed XML", "it has no element");
        }
        return root;
    }

    private static boolean hasNext(XMLStreamReader reader) throws XMLStreamException {
        try {
            return reader.hasNext();
        } catch (RuntimeException e) {
            throw new XMLStreamException(e);
        }
    }

    /// The JDK's parser throws unchecked exceptions on some broken input.
    private static int next(XMLStreamReader reader) throws XMLStreamException {
        try {
            return reader.next();
        } catch (RuntimeException e) {
            throw new XMLStreamException(e);
        }
    }

    /// The drafts before OVF 1.0, and oVirt's own form to this day, have elements of two names only and tell by their type what they are:
    /// `<Section xsi:type="ovf:DiskSection_Type">`.
    private static String name(XMLStreamReader reader) {
        var name = reader.getLocalName();
        var type = reader.getAttributeValue(SCHEMA_INSTANCE, "type");
        return type != null && (name.equals("Section") || name.equals("Content"))
                ? type.strip().replaceFirst("^.*:", "").replaceFirst("_Type$", "")
                : name;
    }

    private static Map<String, String> attributes(XMLStreamReader reader) {
        var attributes = new HashMap<String, String>();
        for (var i = 0; i < reader.getAttributeCount(); i++) {
            var namespace = reader.getAttributeNamespace(i);
            if (namespace == null || !namespace.startsWith("http://www.w3.org/")) {
                attributes.putIfAbsent(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
            }
        }
        return Collections.unmodifiableMap(attributes);
    }

    private static String firstLine(XMLStreamException e) {
        var message = e.getMessage();
        return message == null ? "the parser gave no reason" : TarIndex.printable(message.replace('\n', ' '));
    }

    private static final class Unfinished {
        private final String name;
        private final Map<String, String> attributes;
        private final List<XmlElement> children = new ArrayList<>();
        private final StringBuilder text = new StringBuilder();

        Unfinished(String name, Map<String, String> attributes) {
            this.name = name;
            this.attributes = attributes;
        }

        XmlElement finish() {
            return new XmlElement(name, attributes, List.copyOf(children), text.toString().strip());
        }
    }
}
