package io.godwit.engine.journal;

import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The stored form of records: JSON objects of their components. A member of a sealed interface carries its simple name as `@type`, a
/// record of one text named `value` (an id) is that text, times and durations are ISO 8601, absent means `null`, 0, `false` or empty.
public final class RecordJson {
    private RecordJson() {}

    /// The record as one line of JSON.
    public static String write(Record value) {
        var out = new StringBuilder();
        print(toTree(value, value.getClass()), out);
        return out.toString();
    }

    /// Reads what [#write] wrote; unknown components are ignored.
    public static <T extends Record> T read(Class<T> type, String json) {
        try {
            return type.cast(Objects.requireNonNull(fromTree(new Parser(json).document(), type), "null is no record"));
        } catch (IllegalArgumentException | ArithmeticException | ClassCastException | NullPointerException | DateTimeException
                | ReflectiveOperationException e) {
            throw new FaultException(EngineFault.JOURNAL_UNREADABLE, "stored " + type.getSimpleName(), e);
        }
    }

    /// Maps, lists, texts, numbers and booleans, as another JSON writer may print them.
    public static Map<String, @Nullable Object> tree(Record value) {
        var tree = toTree(value, value.getClass());
        if (tree instanceof Map<?, ?> map) {
            var copy = new LinkedHashMap<String, @Nullable Object>();
            map.forEach((key, each) -> copy.put(String.valueOf(key), each));
            return copy;
        }
        return new LinkedHashMap<>(Map.of("value", String.valueOf(tree)));
    }

    private static @Nullable Object toTree(@Nullable Object value, Class<?> declared) {
        return switch (value) {
            case null -> null;
            case String text -> text;
            case Boolean bool -> bool;
            case Number number -> number;
            case Enum<?> constant -> constant.name();
            case Instant instant -> instant.toString();
            case Duration duration -> duration.toString();
            case LocalTime time -> time.toString();
            case ZoneId zone -> zone.getId();
            case Record item -> recordTree(item, declared);
            case Map<?, ?> map -> {
                var tree = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((key, each) -> tree.put(String.valueOf(key), toTree(each, Object.class)));
                yield tree;
            }
            case Collection<?> items -> {
                var tree = new ArrayList<@Nullable Object>();
                items.forEach(each -> tree.add(toTree(each, Object.class)));
                yield tree;
            }
            default -> throw new IllegalArgumentException(value.getClass().getName() + " cannot be stored");
        };
    }

    private static Object recordTree(Record item, Class<?> declared) {
        var components = item.getClass().getRecordComponents();
        if (isId(components)) {
            return String.valueOf(get(item, components[0]));
        }
        var tree = new LinkedHashMap<String, @Nullable Object>();
        if (declared != item.getClass() && sealedParent(item.getClass())) {
            tree.put("@type", item.getClass().getSimpleName());
        }
        for (var component : components) {
            var value = toTree(get(item, component), component.getType());
            if (value != null) {
                tree.put(component.getName(), value);
            }
        }
        return tree;
    }

    private static boolean isId(RecordComponent[] components) {
        return components.length == 1 && components[0].getName().equals("value") && components[0].getType() == String.class;
    }

    private static boolean sealedParent(Class<?> type) {
        for (var parent : type.getInterfaces()) {
            if (parent.isSealed()) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Object get(Record item, RecordComponent component) {
        try {
            return component.getAccessor().invoke(item);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalArgumentException(item.getClass().getName() + "." + component.getName() + " cannot be read", e);
        }
    }

    private static @Nullable Object fromTree(@Nullable Object tree, Type type) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType generic) {
            var arguments = generic.getActualTypeArguments();
            if (Map.class.isAssignableFrom((Class<?>) generic.getRawType())) {
                var map = new LinkedHashMap<String, Object>();
                for (var entry : ((Map<?, ?>) (tree == null ? Map.of() : tree)).entrySet()) {
                    map.put(String.valueOf(entry.getKey()), Objects.requireNonNull(fromTree(entry.getValue(), arguments[1])));
                }
                return java.util.Collections.unmodifiableMap(map);
            }
            var items = new ArrayList<Object>();
            for (var each : (List<?>) (tree == null ? List.of() : tree)) {
                items.add(Objects.requireNonNull(fromTree(each, arguments[0])));
            }
            return List.copyOf(items);
        }
        var raw = (Class<?>) type;
        if (tree == null) {
            return raw.isPrimitive() ? Array.get(Array.newInstance(raw, 1), 0) : null;
        }
        if (raw == String.class) {
            return (String) tree;
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return (Boolean) tree;
        }
        if (raw == long.class || raw == Long.class) {
            return ((BigDecimal) tree).longValueExact();
        }
        if (raw == int.class || raw == Integer.class) {
            return ((BigDecimal) tree).intValueExact();
        }
        if (raw == double.class || raw == Double.class) {
            return ((BigDecimal) tree).doubleValue();
        }
        if (raw == Instant.class) {
            return Instant.parse((String) tree);
        }
        if (raw == Duration.class) {
            return Duration.parse((String) tree);
        }
        if (raw == LocalTime.class) {
            return LocalTime.parse((String) tree);
        }
        if (raw == ZoneId.class) {
            return ZoneId.of((String) tree);
        }
        if (raw.isEnum()) {
            return constant(raw, (String) tree);
        }
        if (raw.isSealed()) {
            return fromTree(tree, member(raw, String.valueOf(((Map<?, ?>) tree).get("@type"))));
        }
        if (raw.isRecord()) {
            return recordFrom(tree, raw);
        }
        throw new IllegalArgumentException(raw.getName() + " cannot be read");
    }

    private static Object constant(Class<?> type, String name) {
        for (var constant : Objects.requireNonNull(type.getEnumConstants())) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(name + " is no " + type.getSimpleName());
    }

    private static Class<?> member(Class<?> sealedType, String name) {
        for (var member : Objects.requireNonNull(sealedType.getPermittedSubclasses())) {
            if (member.getSimpleName().equals(name)) {
                return member;
            }
        }
        throw new IllegalArgumentException(name + " is no " + sealedType.getSimpleName());
    }

    private static Object recordFrom(Object tree, Class<?> type) throws ReflectiveOperationException {
        var components = Objects.requireNonNull(type.getRecordComponents());
        var types = new Class<?>[components.length];
        var values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = isId(components)
                    ? tree
                    : fromTree(((Map<?, ?>) tree).get(components[i].getName()), components[i].getGenericType());
        }
        return type.getDeclaredConstructor(types).newInstance(values);
    }

    private static void print(@Nullable Object tree, StringBuilder out) {
        switch (tree) {
            case null -> out.append("null");
            case String text -> quote(text, out);
            case Map<?, ?> map -> {
                var separator = "{";
                for (var entry : map.entrySet()) {
                    out.append(separator);
                    quote(String.valueOf(entry.getKey()), out);
                    out.append(':');
                    print(entry.getValue(), out);
                    separator = ",";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> items -> {
                var separator = "[";
                for (var each : items) {
                    out.append(separator);
                    print(each, out);
                    separator = ",";
                }
                out.append(items.isEmpty() ? "[]" : "]");
            }
            default -> out.append(tree);
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || Character.isSurrogate(c) || c == 0x2028 || c == 0x2029) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static final class Parser {
        private static final int MAX_DEPTH = 100;
        private final String text;
        private int at;
        private int depth;

        Parser(String text) {
            this.text = text;
        }

        @Nullable
        Object document() {
            var value = value();
            space();
            if (at != text.length()) {
                throw broken("the end");
            }
            return value;
        }

        private @Nullable Object value() {
            if (++depth > MAX_DEPTH) {
                throw broken("less depth");
            }
            space();
            var value = switch (peek()) {
                case '{' -> object();
                case '[' -> array();
                case '"' -> string();
                case 't' -> word("true", true);
                case 'f' -> word("false", false);
                case 'n' -> word("null", null);
                default -> number();
            };
            depth--;
            return value;
        }

        private Map<String, @Nullable Object> object() {
            var map = new LinkedHashMap<String, @Nullable Object>();
            at++;
            space();
            while (peek() != '}') {
                if (!map.isEmpty()) {
                    expect(',');
                }
                space();
                var key = string();
                space();
                expect(':');
                map.put(key, value());
                space();
            }
            at++;
            return map;
        }

        private List<@Nullable Object> array() {
            var items = new ArrayList<@Nullable Object>();
            at++;
            space();
            while (peek() != ']') {
                if (!items.isEmpty()) {
                    expect(',');
                }
                items.add(value());
                space();
            }
            at++;
            return items;
        }

        private String string() {
            expect('"');
            var out = new StringBuilder();
            while (peek() != '"') {
                char c = text.charAt(at++);
                if (c == '\\') {
                    char escape = peek();
                    at++;
                    switch (escape) {
                        case 'n' -> out.append('\n');
                        case 't' -> out.append('\t');
                        case 'r' -> out.append('\r');
                        case 'b' -> out.append('\b');
                        case 'f' -> out.append('\f');
                        case 'u' -> {
                            if (at + 4 > text.length()) {
                                throw broken("four hex digits");
                            }
                            out.append((char) Integer.parseInt(text, at, at + 4, 16));
                            at += 4;
                        }
                        default -> out.append(escape);
                    }
                } else {
                    out.append(c);
                }
            }
            at++;
            return out.toString();
        }

        private BigDecimal number() {
            int start = at;
            while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            if (start == at) {
                throw broken("a value");
            }
            return new BigDecimal(text.substring(start, at));
        }

        private @Nullable Boolean word(String word, @Nullable Boolean value) {
            if (!text.startsWith(word, at)) {
                throw broken(word);
            }
            at += word.length();
            return value;
        }

        private void space() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        private char peek() {
            if (at >= text.length()) {
                throw broken("more");
            }
            return text.charAt(at);
        }

        private void expect(char c) {
            if (peek() != c) {
                throw broken("'" + c + "'");
            }
            at++;
        }

        private IllegalArgumentException broken(String expected) {
            return new IllegalArgumentException("no JSON: expected " + expected + " at character " + at);
        }
    }
}
