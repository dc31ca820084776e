package io.godwit.model.disk;

import io.godwit.model.fault.Fault;
import java.util.List;

/// Where a job is. Only [Done] and [Broken] are final, and both mean that its process is dead and all its locks are free.
public sealed interface JobStatus {
    JobName name();

    JobProgress progress();

    record Running(JobName name, JobProgress progress) implements JobStatus {}

    /// Ended well: the result and those of all its side tasks.
    record Done(JobName name, JobProgress progress, JobResult result, List<SideResult> sideResults) implements JobStatus {}

    /// Ended with a fault, of its own or of a side task, or without a word (killed).
    record Broken(JobName name, JobProgress progress, Fault fault) implements JobStatus {}

    /// What a side task proved.
    ///
    /// @param checkedBytes how many bytes were read for it
    record SideResult(String name, long checkedBytes) {}
}
