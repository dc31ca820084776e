package io.godwit.convert;

import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import java.util.function.Consumer;

/// The real thing: libguestfs looks, virt-v2v converts.
public final class VirtV2vFactory implements GuestConverterFactory {
    @Override
    public String name() {
        return DEFAULT;
    }

    @Override
    public GuestConverter open(ConverterTools tools) {
        return new VirtV2vConverter(tools);
    }

    private record VirtV2vConverter(ConverterTools tools) implements GuestConverter {
        @Override
        public JobResult.Inspected inspect(WorkerJob.Inspect job, Consumer<Phase> steps) {
            return new GuestInspection(tools).inspect(job, steps);
        }

        @Override
        public JobResult.Converted convert(WorkerJob.Convert job, Consumer<Phase> steps) {
            return new VirtV2vConversion(tools).convert(job, steps);
        }
    }
}
