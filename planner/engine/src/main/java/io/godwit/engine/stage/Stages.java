package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.EngineEntry;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.limit.CopyAdmission;
import io.godwit.model.fault.FaultException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All stages of this release by name.
public final class Stages {
    private final Map<String, Stage> byName = new LinkedHashMap<>();

    public Stages(List<Stage> stages) {
        stages.forEach(stage -> byName.put(stage.name(), stage));
    }

    /// Those that this release's itineraries pass, where nobody limits copies.
    public static Stages all() {
        return all(CopyAdmission.UNLIMITED);
    }

    /// Those that this release's itineraries pass.
    public static Stages all(CopyAdmission limits) {
        return new Stages(List.of(new Initialize(), new AllocateVolumes(), new StopSource(), new InspectGuest(), new ConvertGuest(),
                new CopyDisks(limits), new VerifyDisks(), new CreateVm(), new CheckBoot(), new Finish()));
    }

    /// The fact types of the engine and of these stages; further modules add theirs.
    public static FactTypes factTypes() {
        return StageFact.register(EngineEntry.register(new FactTypes()));
    }

    public List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /// A fault `STAGE_UNKNOWN` where this release has none of that name.
    public Stage require(String name) {
        var stage = byName.get(name);
        if (stage == null) {
            throw new FaultException(EngineFault.STAGE_UNKNOWN, "stage " + name, "this release has " + byName.keySet());
        }
        return stage;
    }
}
