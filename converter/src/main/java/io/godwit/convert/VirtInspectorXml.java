package io.godwit.convert;

import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// What `virt-inspector` found: the way in where libguestfs's Java binding is not installed. It says nothing of kernels and drivers.
final class VirtInspectorXml {
    private VirtInspectorXml() {}

    static GuestReport parse(String xml) {
        var systems = new ArrayList<GuestSystem>();
        var filesystems = new TreeMap<String, GuestFilesystem>();
        for (var system : children(root(xml), "operatingsystem")) {
            systems.add(new GuestSystem(text(system, "root"), text(system, "name"), text(system, "distro"), text(system, "product_name"),
                    number(system, "major_version"), number(system, "minor_version"), text(system, "arch"), text(system, "hostname"),
                    List.of(), null));
            for (var all : children(system, "filesystems")) {
                for (var each : children(all, "filesystem")) {
                    var device = each.getAttribute("dev");
                    filesystems.put(device,
                            new GuestFilesystem(device, text(each, "type"), textOrNull(each, "uuid"), textOrNull(each, "label")));
                }
            }
        }
        return new GuestReport(systems, List.copyOf(filesystems.values()), List.of());
    }

    private static Element root(String xml) {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true); // guests choose parts of its text
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml))).getDocumentElement();
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new FaultException(ConverterFault.INSPECTION_FAILED, "the answer of virt-inspector cannot be read", e);
        }
    }

    private static List<Element> children(Element parent, String name) {
        var found = new ArrayList<Element>();
        for (var child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    private static @Nullable String textOrNull(Element parent, String name) {
        var found = children(parent, name);
        return found.isEmpty() ? null : found.getFirst().getTextContent().strip();
    }

    private static String text(Element parent, String name) {
        var text = textOrNull(parent, name);
        return text == null ? "unknown" : text;
    }

    private static int number(Element parent, String name) {
        var text = textOrNull(parent, name);
        return text != null && text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }
}
