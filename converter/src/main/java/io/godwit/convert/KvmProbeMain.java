package io.godwit.convert;

import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;

/// Says how this machine runs guests, for `godwit doctor`, whose own process loads no converter. Ends with 0 under KVM, else with 1.
public final class KvmProbeMain {
    private KvmProbeMain() {}

    public static void main(String[] arguments) throws IOException {
        var folder = Files.createTempDirectory("godwit-kvm");
        boolean kvm;
        try (var supervisor = new Supervisor(folder)) {
            var acceleration = KvmProbe.runNow(supervisor, folder);
            System.out.println(acceleration.why());
            kvm = acceleration.kvm();
        } finally {
            Files.deleteIfExists(folder);
        }
        System.exit(kvm ? 0 : 1);
    }
}
