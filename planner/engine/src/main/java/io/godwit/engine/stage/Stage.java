package io.godwit.engine.stage;

import io.godwit.engine.journal.Slot;
import io.godwit.model.disk.JobProgress;
import java.util.List;

/// One stage of an itinerary. Has no state of its own: what it learns it records in the journal. `execute` and `compensate` may be
/// called again after a crash anywhere in them.
public interface Stage {
    /// Stored in itineraries and journals; never renamed.
    String name();

    PipelineStep pipelineStep();

    /// What it needs beside the slots that every step takes.
    default List<Slot> slots(StageContext context) {
        return List.of();
    }

    /// Looks, ensures, and returns within seconds; long work is a named job that it adopts again.
    Outcome execute(StageContext context);

    /// Only reads.
    default JobProgress progress(StageContext context) {
        return JobProgress.NONE;
    }

    /// Undoes only what this stage's own entries prove it made or may have made. All jobs of the VM migration are dead by then, and every
    /// call that was under way has ended.
    default Outcome compensate(StageContext context) {
        return new Outcome.Completed();
    }
}
