package io.godwit.cli;

import io.godwit.cli.rest.Json;
import io.godwit.cli.text.Table;
import io.godwit.cli.text.Text;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// All that an inventory tells of one virtual machine, for people.
final class VmDescription {
    private final JsonNode vm;

    VmDescription(JsonNode vm) {
        this.vm = vm;
    }

    void print(PrintWriter out) {
        var appliance = vm.path("appliance");
        line(out, "Name", Json.text(vm, "name"));
        line(out, "Id", Json.text(vm, "id"));
        line(out, "Power", Json.text(vm, "powerState"));
        line(out, "Host", Json.text(vm, "host"));
        line(out, "Guest", guest());
        line(out, "CPU", cpu());
        line(out, "Memory", Text.bytes(Json.number(vm, "memoryBytes")));
        line(out, "Firmware", firmware());
        line(out, "Hardware", Json.text(appliance, "hardware"));
        line(out, "Product", Json.text(appliance, "product"));
        var controllers = new Table("", "BUS", "MODEL");
        Json.each(appliance, "controllers").forEach(each -> controllers.row(Json.text(each, "bus"), Text.orDash(Json.text(each, "model"))));
        table(out, "Controllers", appliance.path("controllers"), controllers);
        var disks = new Table("", "KEY", "NAME", "SIZE", "BUS", "STORAGE");
        Json.each(vm, "disks").forEach(each -> disks.row(Json.text(each, "key"), Json.text(each, "name"),
                Text.bytes(Json.number(each, "capacityBytes")), Json.text(each, "bus"), Json.reference(each.path("storage"))));
        table(out, "Disks", vm.path("disks"), disks);
        var nics = new Table("", "KEY", "NETWORK", "MODEL", "MAC");
        Json.each(vm, "nics").forEach(each -> nics.row(Json.text(each, "key"), Json.reference(each.path("network")),
                Text.orDash(Json.text(each, "model")), Text.orDash(Json.text(each, "mac"))));
        table(out, "Network cards", vm.path("nics"), nics);
        var options = new Table("", "ID", "LABEL", "TAKEN");
        Json.each(appliance, "deploymentOptions").forEach(each -> options.row(Json.text(each, "id"), Text.orDash(Json.text(each, "label")),
                each.path("chosen").asBoolean(false) ? "yes" : "no"));
        table(out, "Deployment options", appliance.path("deploymentOptions"), options);
        var properties = new Table("", "KEY", "TYPE", "VALUE", "LABEL");
        Json.each(appliance, "properties").forEach(each -> properties.row(Json.text(each, "key"), Text.orDash(Json.text(each, "type")),
                each.path("secret").asBoolean(false) ? "(secret)" : Text.orDash(Json.text(each, "value")),
                Text.orDash(Json.text(each, "label"))));
        table(out, "Properties", appliance.path("properties"), properties);
        var concerns = new Table("", "CATEGORY", "CONCERN", "ASSESSMENT");
        Json.each(vm, "concerns").forEach(
                each -> concerns.row(Json.text(each, "category"), Json.text(each, "label"), Json.text(each, "assessment")));
        table(out, "Concerns", vm.path("concerns"), concerns);
    }

    private static void line(PrintWriter out, String name, String text) {
        if (!text.isEmpty()) {
            out.println("%-10s%s".formatted(name + ":", Text.printable(text)));
        }
    }

    private static void table(PrintWriter out, String name, JsonNode rows, Table table) {
        if (!rows.isEmpty()) {
            out.println();
            out.println(name + ":");
            table.print(out);
        }
    }

    private String guest() {
        var name = Json.text(vm, "guestOsName");
        var id = Json.text(vm, "guestOs");
        return name.isEmpty() ? id : name + (id.isEmpty() ? "" : " (" + id + ")");
    }

    /// `4: 2 sockets, 2 cores each, 1 thread each`.
    private String cpu() {
        var sockets = part("sockets");
        var cores = part("coresPerSocket");
        var threads = part("threadsPerCore");
        return sockets * cores * threads + ": " + counted(sockets, "socket") + ", " + counted(cores, "core") + " each, "
                + counted(threads, "thread") + " each";
    }

    private long part(String name) {
        return Math.max(1, Json.number(vm.path("cpu"), name));
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private String firmware() {
        var firmware = vm.path("firmware");
        var words = new ArrayList<String>();
        words.add(firmware.path("uefi").asBoolean(false) ? "UEFI" : "BIOS");
        Stream.of("secureBoot", "tpm").filter(each -> firmware.path(each).asBoolean(false))
                .map(each -> each.equals("tpm") ? "TPM" : "Secure Boot").forEach(words::add);
        return String.join(", ", words);
    }
}
