package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Checks this machine as a place to migrate on. Changes nothing.
public final class Doctor {
    private final Machine machine;
    private final Path data;
    private final @Nullable Path own;
    private final List<Path> pools;
    private final int port;
    private final List<String> kvmProbe;
    private final @Nullable Database database;
    private final Clock clock;

    /// @param data the server's data folder
    /// @param own that of the server that `godwit migrate` starts for its user; `null` = it is the same
    /// @param port where the server is to listen
    /// @param kvmProbe command that ends with 0 when KVM runs guests, with 1 when not, and says what it saw
    /// @param database that a server is to use; `null` = the embedded one
    public Doctor(Machine machine, Path data, @Nullable Path own, List<Path> pools, int port, List<String> kvmProbe,
            @Nullable Database database, Clock clock) {
        this.machine = machine;
        this.data = data;
        this.own = own;
        this.pools = List.copyOf(pools);
        this.port = port;
        this.kvmProbe = List.copyOf(kvmProbe);
        this.database = database;
        this.clock = clock;
    }

    /// Looks at everything side by side, and tells in a fixed order.
    ///
    /// @param serverAnswers whether a server of this data folder is at work
    /// @param ownServerAnswers the same of the user's own
    public List<Finding> examine(boolean serverAnswers, boolean ownServerAnswers) throws InterruptedException {
        var checks = new ArrayList<Check>(new ProgramChecks(machine).checks().toList());
        checks.add(new ApplianceChecks(machine));
        checks.add(new KvmProbe(machine, kvmProbe));
        checks.add(new LimitChecks(machine, clock));
        checks.add(new FolderChecks(machine, data, pools));
        checks.add(new ServerChecks(machine, data, port, serverAnswers));
        if (own != null) {
            checks.add(new OwnServerChecks(machine, own, ownServerAnswers));
        }
        if (database != null) {
            checks.add(new DatabaseCheck(machine, database));
        }
        var findings = new ArrayList<Finding>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = checks.stream().map(check -> threads.submit(() -> check.examine())).toList();
            for (var answer : answers) {
                findings.addAll(of(answer));
            }
        }
        return findings;
    }

    /// What could not be looked at is a finding, too.
    private static List<Finding> of(Future<List<Finding>> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException unreadable) {
                return List.of(new Finding(Finding.Verdict.WARN, "doctor", "", "A check could not be made.",
                        String.valueOf(unreadable.getMessage()), unreadable.getClass().getSimpleName(),
                        "Run the doctor as the server's user."));
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
