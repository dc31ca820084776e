package io.godwit.protocol;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.Extent;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.SshAccess;
import io.godwit.model.disk.TlsTrust;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes any value of the model's records and sealed types, by their own declarations: a type that is new is covered at once.
final class RandomMessages {
    private static final String LETTERS = "az09 -_/\\\"'\n\t\u0000äß€\uD83D\uDC26{}[]:,";
    private final Random random;
    private final Set<Class<?>> made = new HashSet<>();
    private int depth;

    RandomMessages(long seed) {
        random = new Random(seed);
    }

    <T> T next(Class<T> type) {
        return type.cast(value(type));
    }

    /// All record types made so far.
    Set<Class<?>> made() {
        return made;
    }

    private Object value(Type type) {
        if (type instanceof ParameterizedType generic) {
            var arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                var list = new ArrayList<Object>();
                for (int i = random.nextInt(depth > 6 ? 1 : 3); i > 0; i--) {
                    list.add(value(arguments[0]));
                }
                return list;
            }
            if (generic.getRawType() == Map.class) {
                var map = new LinkedHashMap<Object, Object>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    map.put(value(arguments[0]), value(arguments[1]));
                }
                return map;
            }
        }
        if (type instanceof Class<?> plain) {
            return plainValue(plain);
        }
        throw new IllegalArgumentException("no values of " + type);
    }

    private Object plainValue(Class<?> type) {
        if (type == String.class) {
            return text();
        } else if (type == long.class || type == Long.class) {
            return random.nextLong() >> random.nextInt(64);
        } else if (type == double.class) {
            return (double) random.nextInt(1 << 20) / 8;
        } else if (type == int.class || type == Integer.class) {
            return random.nextInt() >> random.nextInt(32);
        } else if (type == boolean.class || type == Boolean.class) {
            return random.nextBoolean();
        } else if (type == Instant.class) {
            return Instant.ofEpochSecond(random.nextLong(4_000_000_000L), random.nextInt(1_000_000_000));
        } else if (type == URI.class) {
            return URI.create("nbd+unix:///disk-" + random.nextInt(9) + "?socket=/run/x%20y.sock");
        } else if (type == JobName.class) {
            return new JobName("copy-" + Integer.toString(random.nextInt(1 << 20), 36));
        } else if (type == ExportSpec.Unpacked.class || type == ExportSpec.Http.class || type == ExportSpec.Ssh.class
                || type == ExportSpec.Vddk.class
                || type.getEnclosingClass() == HttpAccess.class || type.getEnclosingClass() == SshAccess.class
                || type.getEnclosingClass() == TlsTrust.class) {
            made.add(type);
            return bounded(type);
        } else if (type == Extent.class) {
            made.add(type);
            return new Extent(random.nextLong(1L << 50), 1 + random.nextLong(1L << 40));
        } else if (type.isEnum()) {
            var constants = type.getEnumConstants();
            return constants[random.nextInt(constants.length)];
        } else if (type.isSealed()) {
            var kinds = type.getPermittedSubclasses();
            return plainValue(kinds[random.nextInt(kinds.length)]);
        } else if (type.isRecord()) {
            return record(type);
        }
        throw new IllegalArgumentException("no values of " + type);
    }

    /// One of a type that refuses most texts.
    private Object bounded(Class<?> type) {
        var site = URI.create("https://host-" + random.nextInt(9) + "/folder/a%20b.vmdk?dsName=x");
        var headers = Map.of("X-Kind", "a \"b\"; ü");
        var seconds = 1 + random.nextInt(86_400);
        return switch (type.getName().substring(type.getName().lastIndexOf('.') + 1)) {
            case "ExportSpec$Unpacked" -> new ExportSpec.Unpacked(List.of(new ExportSpec.File("/a", null)), next(ExportSpec.Packing.class),
                    "unpacked/1-a", 1, 2);
            case "ExportSpec$Http" -> new ExportSpec.Http(site, next(TlsTrust.class), next(HttpAccess.class), headers);
            case "ExportSpec$Ssh" -> new ExportSpec.Ssh("h", 1 + random.nextInt(65_535), "u", "/a b/ü", "h ssh-ed25519 AAAA\n",
                    next(SshAccess.class));
            case "ExportSpec$Vddk" -> new ExportSpec.Vddk("/opt/vddk", "vc", 443, "user@domain", "s", "0a:".repeat(19) + "FF", "vm-1",
                    random.nextBoolean() ? null : "snapshot-7", "[ds 1] a/b.vmdk", random.nextBoolean() ? List.of() : List.of("nbdssl"),
                    next(ExportSpec.VddkCompression.class), random.nextBoolean() ? null : 902, random.nextBoolean() ? null : "a=1\nb=2");
            case "HttpAccess$Anyone" -> new HttpAccess.Anyone();
            case "HttpAccess$Basic" -> new HttpAccess.Basic("u ser", "s");
            case "HttpAccess$Cookie" -> new HttpAccess.Cookie("s");
            case "HttpAccess$Headers" -> new HttpAccess.Headers(Map.of("X-Token", "s"));
            case "HttpAccess$BasicLogin" -> new HttpAccess.BasicLogin(site, "u", "s", seconds);
            case "HttpAccess$PostedLogin" -> new HttpAccess.PostedLogin(site, headers, "s", seconds);
            case "SshAccess$Password" -> new SshAccess.Password("s");
            case "SshAccess$Key" -> new SshAccess.Key("s");
            case "SshAccess$OwnKeys" -> new SshAccess.OwnKeys();
            case "TlsTrust$Machine" -> new TlsTrust.Machine();
            case "TlsTrust$Certificates" -> new TlsTrust.Certificates("-----BEGIN CERTIFICATE-----\n" + random.nextInt());
            case "TlsTrust$Unverified" -> new TlsTrust.Unverified();
            default -> throw new IllegalArgumentException("no values of " + type);
        };
    }

    private Object record(Class<?> type) {
        made.add(type);
        depth++;
        try {
            var components = type.getRecordComponents();
            var types = new Class<?>[components.length];
            var values = new @Nullable Object[components.length];
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                values[i] = nullable(components[i]) && random.nextInt(3) == 0 ? null : value(components[i].getGenericType());
            }
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        } finally {
            depth--;
        }
    }

    private static boolean nullable(RecordComponent component) {
        AnnotatedType type = component.getAnnotatedType();
        return !(type instanceof AnnotatedParameterizedType) && type.isAnnotationPresent(Nullable.class);
    }

    private String text() {
        var text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.appendCodePoint(
                    LETTERS.codePointAt(LETTERS.offsetByCodePoints(0, random.nextInt(LETTERS.codePointCount(0, LETTERS.length())))));
        }
        return text.toString();
    }
}
