package io.godwit.cli;

import io.godwit.cli.doctor.Doctor;
import io.godwit.cli.doctor.Finding;
import io.godwit.cli.doctor.Programs;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "doctor", mixinStandardHelpOptions = true, description = "Checks this machine: tools, KVM, kernel, space, memory, server. Ends with 1 when something is missing.")
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    Session session = new Session();

    @Override
    public Integer call() throws InterruptedException {
        var temporary = Path.of(session.surroundings().environment().getOrDefault("TMPDIR", System.getProperty("java.io.tmpdir", "/tmp")));
        var findings = new ArrayList<>(
                new Doctor(Programs.ofThisMachine(), Path.of("/"), kvmProbe()).examine(session.dataFolder(), temporary));
        findings.add(server());
        show(findings);
        return findings.stream().anyMatch(each -> each.verdict() == Finding.Verdict.FAIL) ? ExitStatus.FAILED : ExitStatus.OK;
    }

    private List<String> kvmProbe() {
        return List.of(Path.of(System.getProperty("java.home", "/usr"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
                session.surroundings().workerClassPath(), "io.godwit.convert.KvmProbeMain");
    }

    private Finding server() {
        try {
            var health = session.rest().get("/health");
            session.rest().get("/providers");
            return new Finding(Finding.Verdict.OK, "server",
                    Json.text(health, "status") + " at " + session.rest().server() + ", version " + Json.text(health, "version"), "");
        } catch (CommandFailure e) {
            var verdict = e.unreachable() ? Finding.Verdict.WARN : Finding.Verdict.FAIL; // a machine without a running server is no broken one
            return new Finding(verdict, "server", e.problem().what() + " " + e.problem().why(), e.problem().remedy());
        }
    }

    private void show(List<Finding> findings) {
        if (session.json()) {
            var answer = Json.object();
            var items = answer.putArray("items");
            findings.forEach(each -> items.addObject().put("verdict", each.verdict().name()).put("subject", each.subject())
                    .put("detail", each.detail())
                    .put("remedy", each.remedy()));
            session.printJson(answer);
            return;
        }
        for (var each : findings) {
            session.out().println("%-4s  %-20s  %s".formatted(each.verdict(), each.subject(), each.detail()));
            if (!each.remedy().isBlank()) {
                session.out().println("      %-20s  -> %s".formatted("", each.remedy()));
            }
        }
    }
}
