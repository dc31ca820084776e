package io.godwit.cli.doctor;

import io.godwit.cli.doctor.Finding.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The folder of the server that `godwit migrate` starts for its user, where there is one already. That a server of it was killed is no ailment: the next
/// command starts another.
final class OwnServerChecks implements Check {
    private static final String SUBJECT = "`migrate` folder";
    private final Machine machine;
    private final Path data;
    private final boolean serverAnswers;

    OwnServerChecks(Machine machine, Path data, boolean serverAnswers) {
        this.machine = machine;
        this.data = data;
        this.serverAnswers = serverAnswers;
    }

    @Override
    public List<Finding> examine() throws IOException {
        var found = new ArrayList<>(new FolderChecks(machine, data, List.of()).data());
        var server = new ServerChecks(machine, data, 0, serverAnswers);
        found.add(server.token());
        if (!serverAnswers) {
            server.lock().filter(finding -> finding.code().equals(Ailment.DATA_FOLDER_LOCKED.name())).ifPresent(found::add);
        }
        var ailments = found.stream().filter(finding -> finding.verdict() != Verdict.OK).map(finding -> finding.of(SUBJECT)).toList();
        return ailments.isEmpty() && Files.isDirectory(data)
                ? List.of(Finding.ok(SUBJECT, data + (serverAnswers ? ", where a server is at work" : "")))
                : ailments;
    }
}
