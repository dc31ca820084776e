package io.godwit.convert;

import io.godwit.model.disk.GuestReport;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What [InspectGuest] leaves: what it found, or where it failed.
///
/// @param guest `null` when it failed
/// @param incompleteGroups volume groups that lack a disk
/// @param notMounted file systems that could not be mounted where one was wanted: device, and why
/// @param rootsElsewhere systems whose own /etc/fstab has another device for /: root, and that device
/// @param locked encrypted devices that no key was given for
/// @param refused encrypted devices that the given keys do not open
/// @param kernelsKnown whether kernels were looked for
/// @param failedStep its step that failed
record InspectionAnswer(@Nullable GuestReport guest, List<String> incompleteGroups, Map<String, String> notMounted,
        Map<String, String> rootsElsewhere, List<String> locked, List<String> refused, boolean kernelsKnown, @Nullable String failedStep,
        @Nullable String failure) {
    static InspectionAnswer failed(String step, String failure) {
        return new InspectionAnswer(null, List.of(), Map.of(), Map.of(), List.of(), List.of(), false, step, failure);
    }
}
