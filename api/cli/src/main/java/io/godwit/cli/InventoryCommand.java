package io.godwit.cli;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.text.Table;
import io.godwit.cli.text.Text;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "inventory", mixinStandardHelpOptions = true, description = "What a provider holds: vms, networks, storages, or all of one vm.", subcommands = {
        InventoryCommand.Vms.class, InventoryCommand.Vm.class, InventoryCommand.Networks.class, InventoryCommand.Storages.class})
final class InventoryCommand extends Godwit.Group {
    abstract static class Part implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "PROVIDER", description = "Its name or id.")
        String provider = "";

        @Option(names = "--refresh", description = "Read it anew instead of what the server read before.")
        boolean refresh;

        @Override
        public Integer call() {
            var rest = session.rest();
            var id = Collection.PROVIDERS.requireId(rest, provider);
            var inventory = rest.get(Collection.PROVIDERS.pathOf(id) + "/inventory" + (refresh ? "?refresh=true" : ""));
            if (session.structured()) {
                session.printStructured(selected(inventory));
            } else {
                show(inventory);
            }
            warn(inventory);
            return ExitStatus.OK;
        }

        JsonNode selected(JsonNode inventory) {
            return inventory.path(part());
        }

        void warn(JsonNode inventory) {
            Json.each(inventory, "unreadable").forEach(each -> Problem.read(each.path("fault"))
                    .print(session.surroundings().err(), "not readable: " + Json.text(each, "location") + ": "));
        }

        abstract String part();

        abstract void show(JsonNode inventory);

        void showNamed(JsonNode inventory, String whenEmpty) {
            var table = new Table(whenEmpty, "NAME", "ID");
            Json.each(inventory, part()).forEach(each -> table.row(Json.text(each, "name"), Json.text(each, "id")));
            table.print(session.out());
        }
    }

    @Command(name = "vms", mixinStandardHelpOptions = true, description = "Lists its virtual machines, with what speaks against migrating them.")
    static final class Vms extends Part {
        @Override
        String part() {
            return "vms";
        }

        @Override
        void show(JsonNode inventory) {
            var table = new Table("It holds no virtual machine.", "NAME", "POWER", "CPU", "MEMORY", "FIRMWARE", "GUEST", "DISKS", "SIZE",
                    "NETWORKS",
                    "ID");
            Json.each(inventory, "vms").forEach(vm -> table.row(Json.text(vm, "name"), Text.orDash(Json.text(vm, "powerState")),
                    String.valueOf(cores(vm.path("cpu"))), Text.bytes(Json.number(vm, "memoryBytes")),
                    vm.path("firmware").path("uefi").asBoolean(false) ? "UEFI" : "BIOS",
                    Text.orDash(vm.path("guestOsName").asString(Json.text(vm, "guestOs"))), String.valueOf(vm.path("disks").size()),
                    Text.bytes(Json.each(vm, "disks").mapToLong(disk -> Json.number(disk, "capacityBytes")).sum()),
                    Text.orDash(Json.each(vm, "nics").map(nic -> Json.reference(nic.path("network"))).distinct()
                            .collect(Collectors.joining(", "))),
                    Json.text(vm, "id")));
            table.print(session.out());
            Json.each(inventory, "vms").forEach(this::showAppliance);
            Json.each(inventory, "vms").forEach(vm -> Json.each(vm, "concerns").forEach(concern -> session.out()
                    .println(Text.printable(
                            Json.text(vm, "name") + ": " + Json.text(concern, "category") + ": " + Json.text(concern, "label") + ": "
                                    + Json.text(concern, "assessment")))));
        }

        private void showAppliance(JsonNode vm) {
            var appliance = vm.path("appliance");
            if (!Json.text(appliance, "product").isEmpty()) {
                showLine(vm, "product: " + Json.text(appliance, "product"));
            }
            Json.each(appliance, "deploymentOptions").forEach(option -> showLine(vm, "deployment option: " + Json.text(option, "id")
                    + labelled(option) + (option.path("chosen").asBoolean(false) ? ", taken" : "")));
            Json.each(appliance, "properties").forEach(property -> showLine(vm, "property: " + Json.text(property, "key") + " = "
                    + (property.path("secret").asBoolean(false) ? "(secret)" : Text.orDash(Json.text(property, "value")))
                    + labelled(property)));
        }

        private static String labelled(JsonNode named) {
            var label = Json.text(named, "label");
            return label.isEmpty() ? "" : " (" + label + ")";
        }

        private void showLine(JsonNode vm, String text) {
            session.out().println(Text.printable(Json.text(vm, "name") + ": " + text));
        }

        private static long cores(JsonNode cpu) {
            return Math.max(1, Json.number(cpu, "sockets")) * Math.max(1, Json.number(cpu, "coresPerSocket"))
                    * Math.max(1, Json.number(cpu, "threadsPerCore"));
        }
    }

    @Command(name = "vm", mixinStandardHelpOptions = true, description = "Describes one of its virtual machines.")
    static final class Vm extends Part {
        @Parameters(index = "1", paramLabel = "VM", description = "Its name or id.")
        String vm = "";

        @Override
        String part() {
            return "vms";
        }

        @Override
        void show(JsonNode inventory) {
            new VmDescription(selected(inventory)).print(session.out());
        }

        @Override
        JsonNode selected(JsonNode inventory) {
            var byId = Json.each(inventory, part()).filter(each -> vm.equals(Json.text(each, "id"))).toList();
            var found = byId.isEmpty() ? Json.each(inventory, part()).filter(each -> vm.equals(Json.text(each, "name"))).toList() : byId;
            if (found.size() == 1) {
                return found.getFirst();
            }
            var several = !found.isEmpty();
            var known = (several
                    ? found.stream().map(each -> Json.text(each, "id"))
                    : Json.each(inventory, part()).map(each -> Json.text(each, "name")))
                    .limit(20).collect(Collectors.joining(", "));
            throw new CommandFailure(ExitStatus.REFUSED,
                    Problem.of("NOT_FOUND", (several ? "There are several VMs '" : "There is no VM '") + vm + "' in " + provider + ".",
                            (several ? "their ids are " : "there are: ") + known, "Name one of them, by its id where names come twice."));
        }

        /// What else could not be read is the list's to tell.
        @Override
        void warn(JsonNode inventory) {
            // nothing
        }
    }

    @Command(name = "networks", mixinStandardHelpOptions = true, description = "Lists its networks, to be mapped.")
    static final class Networks extends Part {
        @Override
        String part() {
            return "networks";
        }

        @Override
        void show(JsonNode inventory) {
            showNamed(inventory, "It has no network.");
        }
    }

    @Command(name = "storages", mixinStandardHelpOptions = true, description = "Lists its datastores, to be mapped.")
    static final class Storages extends Part {
        @Override
        String part() {
            return "storages";
        }

        @Override
        void show(JsonNode inventory) {
            showNamed(inventory, "It has no storage.");
        }
    }
}
