package io.godwit.provider.local;

import io.godwit.model.disk.JobName;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.ProviderSettings.Node;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// Stands for a server that is killed. `start <pool> <runtime> <owner> <script>` starts a job, says so and lives on;
/// `volumes <pool> <runtime> <owner>` makes and removes volumes until it dies.
public final class ServerProcess {
    private ServerProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        var root = Path.of(arguments[1]);
        var runtime = Path.of(arguments[2]);
        var owner = new VmMigrationId(arguments[3]);
        if (arguments[0].equals("start")) {
            var workshop = new Workshop(root, runtime, Workshop.scripted(), Workshop.IMPATIENT);
            var name = new JobName("job-1");
            workshop.open().ensure(owner, workshop.job(owner, name, arguments[4]), 1);
            System.out.println("started");
            new CountDownLatch(1).await();
        }
        var destination = LocalDestination
                .open(new ProviderSettings("local", root.toString(), Map.of(), Map.of(), new Node("node-1", List.of("false"), runtime)));
        System.out.println("started");
        while (true) {
            destination.ensureVolume(owner, new VolumeRequest("web", "disk-0", 1 << 20, StorageTarget.DEFAULT));
            destination.ensureVm(owner, Vms.web(List.of()));
            destination.deleteVm(owner);
            destination.deleteVolume(owner, "disk-0");
        }
    }
}
