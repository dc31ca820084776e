package io.godwit.provider.ova;

import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.Concern.Severity;
import java.util.ArrayList;
import java.util.List;

/// What a person should know of a VM, collected while it is read.
final class Concerns {
    private final List<Concern> all = new ArrayList<>();

    void note(String id, Severity severity, String label, String assessment) {
        all.add(new Concern(id, severity, label, assessment));
    }

    void information(String id, String label, String assessment) {
        note(id, Severity.INFORMATION, label, assessment);
    }

    void warning(String id, String label, String assessment) {
        note(id, Severity.WARNING, label, assessment);
    }

    List<Concern> all() {
        return List.copyOf(all);
    }
}
