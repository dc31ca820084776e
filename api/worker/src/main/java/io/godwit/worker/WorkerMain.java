package io.godwit.worker;

import io.godwit.protocol.JobFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/// `worker <job folder>`: one process for one job.
public final class WorkerMain {
    private static final int USAGE = 64;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    private WorkerMain() {}

    public static void main(String[] arguments) {
        if (arguments.length != 1) {
            System.err.println("usage: worker <job folder>");
            System.exit(USAGE);
        }
        serve(Path.of(arguments[0]), new DiskJobs(settings()));
    }

    /// System properties of the command that started us.
    private static Map<String, String> settings() {
        var all = System.getProperties();
        return all.stringPropertyNames().stream().filter(name -> name.startsWith("godwit."))
                .collect(Collectors.toMap(name -> name, all::getProperty));
    }

    /// Runs the job of that folder and ends this process. SIGTERM stops the job at its checkpoint.
    public static void serve(Path folder, JobRunner runner) {
        nameTheJobInTheLog(folder);
        var worker = new Worker(folder, runner);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                var _ = worker.stop(STOP_PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "stop"));
        System.exit(worker.run().code());
    }

    /// Before anything is logged: java.util.logging reads the format once.
    private static void nameTheJobInTheLog(Path folder) {
        String name;
        try {
            name = new JobFolder(folder).readOrder().map(order -> order.owner() + " " + order.job().name()).orElse("no job yet");
        } catch (IOException e) {
            name = "unreadable job";
        }
        System.setProperty("java.util.logging.SimpleFormatter.format",
                "%1$tF %1$tT.%1$tL %4$s [" + name.replace("%", "%%") + "] %3$s: %5$s%6$s%n");
    }
}
