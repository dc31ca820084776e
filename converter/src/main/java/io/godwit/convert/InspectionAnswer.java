package io.godwit.convert;

import io.godwit.model.disk.GuestReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What [InspectGuest] leaves: what it found, or where it failed.
///
/// @param guest `null` when it failed
/// @param incompleteGroups volume groups that lack a disk
/// @param kernelsKnown whether kernels were looked for
/// @param failedStep its step that failed
record InspectionAnswer(@Nullable GuestReport guest, List<String> incompleteGroups, boolean kernelsKnown, @Nullable String failedStep,
        @Nullable String failure) {}
