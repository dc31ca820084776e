package io.godwit.engine.journal;

import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Which record class is stored under which type constant and version. Each module registers its own; a constant is never renamed,
/// a version never changed once it was released.
public final class FactTypes {
    /// A constant and its current version.
    public record FactType(String type, int version) {}

    private record Reader(Class<? extends Record> stored, Function<Record, Record> upgrade) {}

    private final Map<Class<? extends Record>, FactType> writers = new LinkedHashMap<>();
    private final Map<FactType, Reader> readers = new HashMap<>();

    /// Registers the class that is written under this constant and version.
    public FactTypes register(String type, int version, Class<? extends Record> payload) {
        var key = new FactType(type, version);
        if (readers.containsKey(key) || writers.containsKey(payload)) {
            throw new IllegalArgumentException(type + " version " + version + " or " + payload.getName() + " is registered already");
        }
        writers.put(payload, key);
        readers.put(key, new Reader(payload, Function.identity()));
        return this;
    }

    /// Registers the class of an earlier version, and how it becomes the current one.
    public <T extends Record> FactTypes registerOld(String type, int version, Class<T> payload, Function<T, Record> upgrade) {
        var key = new FactType(type, version);
        if (readers.putIfAbsent(key, new Reader(payload, old -> upgrade.apply(payload.cast(old)))) != null) {
            throw new IllegalArgumentException(type + " version " + version + " is registered already");
        }
        return this;
    }

    /// All constants that are written now.
    public List<String> types() {
        return writers.values().stream().map(FactType::type).toList();
    }

    /// The constant and version that a payload is written under.
    public FactType typeOf(Record payload) {
        var type = writers.get(payload.getClass());
        if (type == null) {
            throw new IllegalArgumentException(payload.getClass().getName() + " is no registered fact type");
        }
        return type;
    }

    /// A payload as the journal stores it.
    public String write(Record payload) {
        typeOf(payload);
        return RecordJson.write(payload);
    }

    /// The payload of a stored entry, in its current class.
    public Record read(String type, int version, String json) {
        var reader = readers.get(new FactType(type, version));
        if (reader == null) {
            throw new FaultException(EngineFault.JOURNAL_UNREADABLE, "journal entry of type " + type + " version " + version,
                    "no module of this release registers it");
        }
        return reader.upgrade().apply(RecordJson.read(reader.stored(), json));
    }
}
