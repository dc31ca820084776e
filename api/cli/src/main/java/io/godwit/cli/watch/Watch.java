package io.godwit.cli.watch;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.text.Text;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Follows one migration until it ends. A server that is away is waited for, because migrations outlive it; leaving changes nothing.
public final class Watch {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration UNTIL_RETRIED = Duration.ofMinutes(2);
    private final Supplier<MigrationView> look;
    private final Progress progress;
    private final PrintWriter out;
    private final Clock clock;
    private final Pause pause;

    public Watch(Supplier<MigrationView> look, Progress progress, PrintWriter out, Clock clock, Pause pause) {
        this.look = look;
        this.progress = progress;
        this.out = out;
        this.clock = clock;
        this.pause = pause;
    }

    /// Ends with the exit status of the command.
    ///
    /// @param farewell said to who leaves before the end
    /// @param earlierEnd when the migration ended before it was retried: that end is over, but may be shown until the retry is taken up
    public int follow(String farewell, @Nullable Instant earlierEnd) throws InterruptedException {
        try (var leaving = new Farewell(() -> {
            progress.end();
            out.println();
            out.println(farewell);
            out.flush();
        })) {
            var migration = untilEnded(earlierEnd);
            leaving.close();
            return outcome(migration);
        }
    }

    /// Shows it until it ends, without a word about it.
    public MigrationView untilEnded() throws InterruptedException {
        return untilEnded(null);
    }

    private MigrationView untilEnded(@Nullable Instant earlierEnd) throws InterruptedException {
        try {
            return lookUntilEnded(earlierEnd);
        } finally {
            progress.end();
        }
    }

    private MigrationView lookUntilEnded(@Nullable Instant earlierEnd) throws InterruptedException {
        @Nullable
        Instant awaySince = null;
        var retriedUntil = clock.instant().plus(UNTIL_RETRIED);
        while (true) {
            try {
                var migration = look.get();
                if (awaySince != null) {
                    awaySince = null;
                    progress.remark("");
                }
                boolean earlier = migration.ended() && earlierEnd != null && earlierEnd.equals(migration.completed())
                        && clock.instant().isBefore(retriedUntil);
                if (!earlier) {
                    progress.show(migration);
                    if (migration.ended()) {
                        return migration;
                    }
                }
            } catch (CommandFailure e) {
                var now = clock.instant();
                awaySince = awaySince == null ? now : awaySince;
                var away = Duration.between(awaySince, now);
                boolean serversFault = e.unreachable() || e.exitStatus() == ExitStatus.SERVER_ERROR;
                if (!serversFault || away.compareTo(PATIENCE) >= 0) {
                    throw e;
                }
                progress.remark(
                        "The server does not answer (" + Text.printable(e.problem().why()) + "): what runs goes on; waiting for it since "
                                + awaySince.truncatedTo(ChronoUnit.SECONDS));
            }
            pause.seconds(1);
        }
    }

    private int outcome(MigrationView migration) {
        migration.vms().forEach(vm -> vm.printOutcome(out));
        var took = migration.started() == null || migration.completed() == null
                ? ""
                : " after " + Text.duration(Duration.between(migration.started(), migration.completed()));
        out.println("Migration " + migration.id() + ": " + migration.phase() + took + ".");
        if (migration.phase().equals("Failed")) {
            out.println("Everything it made is kept. Go on with it:  godwit migration retry " + migration.id()
                    + "   or undo it:  godwit migration cancel "
                    + migration.id());
        }
        out.flush();
        return switch (migration.phase()) {
            case "Succeeded" -> ExitStatus.OK;
            case "Canceled" -> ExitStatus.CANCELED;
            default -> ExitStatus.FAILED;
        };
    }
}
