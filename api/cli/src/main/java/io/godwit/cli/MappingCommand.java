package io.godwit.cli;

import io.godwit.cli.migrate.NetworkTargets;
import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.text.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "mapping", mixinStandardHelpOptions = true, description = "Which network or storage of the source becomes which of the destination.", subcommands = {
        MappingCommand.Network.class, MappingCommand.Storage.class})
final class MappingCommand extends Godwit.Group {
    private static final String DEFAULT_CLASS = "default";

    abstract static class Create implements Callable<Integer> {
        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME", description = "What to call it.")
        String name = "";

        @Option(names = "--source", required = true, paramLabel = "PROVIDER", description = "Where the VMs come from.")
        String source = "";

        @Option(names = "--destination", required = true, paramLabel = "PROVIDER", description = "Where they go to.")
        String destination = "";

        abstract Collection collection();

        abstract ObjectNode target(String text);

        abstract Map<String, String> pairs();

        @Override
        public Integer call() {
            var body = Json.object().put("name", name);
            body.set("provider", Json.providers(source, destination));
            var map = body.putArray("map");
            pairs().forEach((from, to) -> {
                var pair = map.addObject();
                pair.set("source", from.startsWith("id:") ? Json.object("id", from.substring(3)) : Json.object("name", from));
                pair.set("destination", target(to));
            });
            var made = session.rest().post(collection().path(), body);
            session.print(made, () -> table(session, java.util.List.of(made)));
            return ExitStatus.OK;
        }
    }

    abstract static class ListAll implements Callable<Integer> {
        private final Collection collection;

        @Mixin
        Session session = new Session();

        ListAll(Collection collection) {
            this.collection = collection;
        }

        @Override
        public Integer call() {
            var answer = collection.list(session.rest());
            session.print(answer, () -> table(session, Collection.items(answer)));
            return ExitStatus.OK;
        }
    }

    abstract static class One implements Callable<Integer> {
        final Collection collection;

        @Mixin
        Session session = new Session();

        @Parameters(paramLabel = "NAME|ID", description = "The mapping.")
        String mapping = "";

        One(Collection collection) {
            this.collection = collection;
        }
    }

    abstract static class Get extends One {
        Get(Collection collection) {
            super(collection);
        }

        @Override
        public Integer call() {
            var found = collection.require(session.rest(), mapping);
            session.print(found, () -> table(session, java.util.List.of(found)));
            return ExitStatus.OK;
        }
    }

    abstract static class Delete extends One {
        Delete(Collection collection) {
            super(collection);
        }

        @Override
        public Integer call() {
            session.rest().delete(collection.pathOf(collection.requireId(session.rest(), mapping)));
            return ExitStatus.OK;
        }
    }

    private static Table table(Session session, Iterable<JsonNode> mappings) {
        var names = Collection.PROVIDERS.names(session.rest());
        var table = new Table("There is no mapping of this kind yet.", "NAME", "SOURCE", "DESTINATION", "MAP");
        for (var each : mappings) {
            var provider = each.path("provider");
            var map = Json.each(each, "map").map(pair -> Json.reference(pair.path("source")) + " -> " + target(pair.path("destination")))
                    .collect(Collectors.joining(", "));
            table.row(Json.text(each, "name"), names.apply(Json.reference(provider.path("source"))),
                    names.apply(Json.reference(provider.path("destination"))), map);
        }
        return table;
    }

    private static String target(JsonNode destination) {
        var name = Json.text(destination, "name");
        var namespace = Json.text(destination, "namespace");
        if (!name.isBlank()) {
            return namespace.isBlank() ? name : namespace + "/" + name;
        }
        var type = Json.text(destination, "type");
        var storageClass = Json.text(destination, "storageClass");
        return !type.isBlank() ? type : storageClass.isBlank() ? DEFAULT_CLASS : storageClass;
    }

    @Command(name = "network", mixinStandardHelpOptions = true, description = "Network mappings.", subcommands = {
            Network.CreateNetwork.class,
            Network.ListNetworks.class, Network.GetNetwork.class, Network.DeleteNetwork.class})
    static final class Network extends Godwit.Group {
        @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes one. Example: --map \"VM Network=default\" --map Backup=ignored")
        static final class CreateNetwork extends Create {
            @Option(names = "--map", required = true, paramLabel = "NETWORK=TARGET", description = {
                    "Source network by name (or id:ID), and what it becomes: `ignored`, `pod`, NAMESPACE/NAME of a network attachment, or the name of a network."})
            Map<String, String> pairs = new LinkedHashMap<>();

            @Override
            Collection collection() {
                return Collection.NETWORK_MAPPINGS;
            }

            @Override
            Map<String, String> pairs() {
                return pairs;
            }

            @Override
            ObjectNode target(String text) {
                return NetworkTargets.parse(text);
            }
        }

        @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists them.")
        static final class ListNetworks extends ListAll {
            ListNetworks() {
                super(Collection.NETWORK_MAPPINGS);
            }
        }

        @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows one.")
        static final class GetNetwork extends Get {
            GetNetwork() {
                super(Collection.NETWORK_MAPPINGS);
            }
        }

        @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes one that no plan uses.")
        static final class DeleteNetwork extends Delete {
            DeleteNetwork() {
                super(Collection.NETWORK_MAPPINGS);
            }
        }
    }

    @Command(name = "storage", mixinStandardHelpOptions = true, description = "Storage mappings.", subcommands = {
            Storage.CreateStorage.class,
            Storage.ListStorages.class, Storage.GetStorage.class, Storage.DeleteStorage.class})
    static final class Storage extends Godwit.Group {
        @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes one. Example: --map datastore1=default")
        static final class CreateStorage extends Create {
            @Option(names = "--map", paramLabel = "STORAGE=CLASS", description = {
                    "Source storage by name (or id:ID), and the storage class, with CLASS:Block:ReadWriteMany for other modes than its defaults. `default` is the destination's default, and what all get without any."})
            Map<String, String> pairs = new LinkedHashMap<>();

            @Override
            Collection collection() {
                return Collection.STORAGE_MAPPINGS;
            }

            @Override
            Map<String, String> pairs() {
                return pairs;
            }

            @Override
            ObjectNode target(String text) {
                var words = java.util.List.of(text.split(":", 3));
                var target = Json.object();
                if (!words.getFirst().equals(DEFAULT_CLASS)) {
                    target.put("storageClass", words.getFirst());
                }
                if (words.size() > 1) {
                    target.put("volumeMode", words.get(1));
                }
                if (words.size() > 2) {
                    target.put("accessMode", words.get(2));
                }
                return target;
            }
        }

        @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists them.")
        static final class ListStorages extends ListAll {
            ListStorages() {
                super(Collection.STORAGE_MAPPINGS);
            }
        }

        @Command(name = "get", mixinStandardHelpOptions = true, description = "Shows one.")
        static final class GetStorage extends Get {
            GetStorage() {
                super(Collection.STORAGE_MAPPINGS);
            }
        }

        @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes one that no plan uses.")
        static final class DeleteStorage extends Delete {
            DeleteStorage() {
                super(Collection.STORAGE_MAPPINGS);
            }
        }
    }
}
