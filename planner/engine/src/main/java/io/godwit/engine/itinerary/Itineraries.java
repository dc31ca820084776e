package io.godwit.engine.itinerary;

import io.godwit.engine.journal.Journal;
import io.godwit.model.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Chooses an itinerary. Stage names are spelt out: a stored itinerary outlives the classes.
public final class Itineraries {
    private Itineraries() {}

    /// For VMs that are stopped during the copy.
    ///
    /// @param canStop whether the source has power control
    public static Itinerary cold(Plan plan, boolean canStop) {
        var stages = new ArrayList<>(List.of("Initialize", "AllocateVolumes"));
        if (canStop) {
            stages.add("StopSource");
        }
        if (!plan.skipGuestConversion()) {
            stages.addAll(List.of("InspectGuest", "ConvertGuest"));
        }
        stages.addAll(List.of("CopyDisks", "VerifyDisks", "CreateVm"));
        if (plan.checkBoot()) {
            stages.add("CheckBoot");
        }
        stages.add("Finish");
        return new Itinerary("cold", runs(stages.stream()));
    }

    /// For VMs that run during the copy, until the cutover.
    public static Itinerary warm(Plan plan) {
        var steps = new ArrayList<Step>(runs(Stream.of("Initialize", "AllocateVolumes", "TakeSnapshot", "InspectGuest", "CopyDisks",
                "DropSnapshot")));
        steps.add(new Step.Repeat(runs(Stream.of("TakeSnapshot", "CopyDisks", "DropSnapshot")), Journal.CUTOVER_GATE));
        steps.addAll(runs(Stream.of("StopSource", "TakeSnapshot", "CopyDisks", "DropSnapshot", "VerifyDisks")));
        if (!plan.skipGuestConversion()) {
            steps.addAll(runs(Stream.of("ConvertGuest", "CommitOverlays")));
        }
        steps.addAll(runs(plan.checkBoot() ? Stream.of("CreateVm", "CheckBoot", "Finish") : Stream.of("CreateVm", "Finish")));
        return new Itinerary("warm", List.copyOf(steps));
    }

    private static List<Step> runs(Stream<String> stages) {
        return stages.<Step>map(Step.Run::new).toList();
    }
}
