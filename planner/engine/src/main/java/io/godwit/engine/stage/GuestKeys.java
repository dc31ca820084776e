package io.godwit.engine.stage;

import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.GuestKey;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The keys of a guest's encrypted devices: a job names them, and only its running worker is given them.
final class GuestKeys {
    private GuestKeys() {}

    /// What a job of ours carries in their place.
    static List<GuestKey> named(StageContext context) {
        var devices = context.order().vm().keyDevices();
        return IntStream.range(0, devices.size()).mapToObj(i -> new GuestKey(devices.get(i), secret(i))).toList();
    }

    /// The same for virt-v2v-in-place, which until 2.2 knows no key for all devices: there is one for each that inspection found. A
    /// device's own key goes before it.
    static List<GuestKey> named(StageContext context, List<String> encryptedDevices) {
        return named(context).stream().sorted(Comparator.comparing(GuestKeys::isForAll))
                .flatMap(key -> isForAll(key)
                        ? encryptedDevices.stream().map(device -> new GuestKey(device, key.secret()))
                        : Stream.of(key))
                .toList();
    }

    /// Gives a running job the keys that it names: in each push, since its worker may be another one by now.
    static void give(StageContext context, WorkerJob job) {
        var named = job.keys().stream().map(GuestKey::secret).collect(Collectors.toSet());
        if (named.isEmpty()) {
            return;
        }
        var keys = context.guestKeys();
        var devices = context.order().vm().keyDevices();
        var values = new LinkedHashMap<String, String>();
        for (int i = 0; i < devices.size(); i++) {
            var key = keys.get(devices.get(i));
            if (key != null && named.contains(secret(i))) {
                values.put(secret(i), key);
            }
        }
        context.workers().secrets(context.id(), job.name(), Map.copyOf(values));
    }

    private static String secret(int index) {
        return "guest-key-" + index;
    }

    private static boolean isForAll(GuestKey key) {
        return key.device().equals("all");
    }
}
