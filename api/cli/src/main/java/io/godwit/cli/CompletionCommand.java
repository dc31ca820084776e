package io.godwit.cli;

import io.godwit.cli.rest.ExitStatus;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "completion", mixinStandardHelpOptions = true, description = {"Prints what makes a shell complete the words of godwit.",
        "bash: source <(godwit completion bash), in ~/.bashrc for good. zsh: the same with zsh, after compinit."})
final class CompletionCommand implements Callable<Integer> {
    enum Shell {
        bash, zsh
    }

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
    Shell shell = Shell.bash;

    /// One script serves both: under zsh it loads what emulates bash's completion.
    @Override
    public Integer call() {
        var root = Objects.requireNonNull(spec).root();
        var out = ((Godwit) root.userObject()).surroundings().out();
        out.println(AutoComplete.bash(root.name(), root.commandLine()));
        return ExitStatus.OK;
    }
}
