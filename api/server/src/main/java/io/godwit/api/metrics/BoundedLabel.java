package io.godwit.api.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Values of a label whose number others decide: the first few as they are, all further ones as one, so that no series is without end.
final class BoundedLabel {
    static final String OTHER = "other";

    private final int most;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    BoundedLabel(int most) {
        this.most = most;
    }

    /// The value itself, or `other` where there are enough already.
    String of(String value) {
        if (known.contains(value)) {
            return value;
        }
        synchronized (known) {
            if (known.size() >= most) {
                return OTHER;
            }
            known.add(value);
            return value;
        }
    }
}
