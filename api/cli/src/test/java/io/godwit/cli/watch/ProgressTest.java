package io.godwit.cli.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Pictures and lines of one migration at known moments.
class ProgressTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private final StringWriter text = new StringWriter();
    private Instant now = Instant.parse("2026-03-01T12:01:30Z");
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    private static MigrationView copying(long done) {
        return MigrationView.read(JSON.readTree(
                """
                        {"id":"m-1","plan":{"name":"first"},"phase":"Running","started":"2026-03-01T12:00:00Z","vms":[
                        {"id":"v-1","vm":{"name":"db"},"targetName":"db-new","phase":"Running","stage":"CopyDisks","pipeline":[
                         {"name":"Initialize","phase":"Completed","started":"2026-03-01T12:00:00Z","completed":"2026-03-01T12:00:02Z"},
                         {"name":"ConvertImage","phase":"Completed","started":"2026-03-01T12:00:02Z","completed":"2026-03-01T12:01:20Z"},
                         {"name":"CopyDisks","phase":"Running","started":"2026-03-01T12:01:20Z",
                          "progress":{"completedBytes":%1$d,"totalBytes":2147483648,"bytesPerSecond":104857600,"secondsLeft":15},
                          "tasks":[{"name":"disk-1","completedBytes":%1$d,"totalBytes":1073741824,"transferredBytes":1,"verifiedBytes":104857600,
                          "bytesPerSecond":104857600},{"name":"disk-20","completedBytes":0,"totalBytes":1073741824}]},
                         {"name":"CreateVM","phase":"Pending"}]},
                        {"id":"v-2","vm":{"name":"web"},"phase":"Queued","stage":"Initialize","waitingFor":"a slot: 1 of 1 conversions run","pipeline":[]},
                        {"id":"v-3","vm":{"name":"old"},"phase":"Failed","stage":"ConvertGuest","fault":{"code":"X","what":"w","why":"y","remedy":"r"},"pipeline":[
                         {"name":"ConvertImage","phase":"Failed","started":"2026-03-01T12:00:02Z","completed":"2026-03-01T12:00:30Z","phases":[
                         {"name":"Opening the source","started":"2026-03-01T12:00:02Z"},{"name":"Inspecting the source","started":"2026-03-01T12:00:20Z"}]}]},
                        {"id":"v-4","vm":{"name":"done"},"phase":"Succeeded","stage":"Finish","pipeline":[]}]}"""
                        .formatted(done)));
    }

    private String picture(int columns, boolean unicode) {
        return new ProgressScreen(new PrintWriter(text), columns, 50, unicode, clock).lines(copying(536870912)).stream()
                .map(ProgressScreen.Line::text)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    @Test
    void drawsABarPerDiskAndStage() {
        assertThat(picture(120, false)).isEqualTo("""
                Migration m-1 of plan first: Running, 1m30s
                db -> db-new: Running: CopyDisks
                  + Initialize          2s
                  + ConvertImage     1m18s
                  > CopyDisks          10s  [######..................]  25%  512 MiB of 2.0 GiB  100 MiB/s  15s left
                      disk-1   [############............]  50%  512 MiB of 1.0 GiB  100 MiB/s  5s left  verified 9%
                      disk-20  [........................]   0%  0 B of 1.0 GiB
                    CreateVM
                web: Queued: Initialize: a slot: 1 of 1 conversions run
                old: Failed: ConvertGuest
                  x ConvertImage       28s
                          18s  Opening the source
                          10s  Inspecting the source
                done: Succeeded
                """);
    }

    @Test
    void drawsFinerBarsWhereTheTerminalCanShowThem() {
        assertThat(picture(80, true)).contains("  ▸ CopyDisks          10s  ███░░░░░░░░░  25%  512 MiB of 2.0 GiB")
                .contains("  ✓ Initialize          2s\n");
        assertThat(new Bar(true, 4).draw(0.40)).isEqualTo("█▌░░");
        assertThat(new Bar(true, 4).draw(1)).isEqualTo("████");
        assertThat(new Bar(false, 4).draw(0.999)).isEqualTo("[###.]");
    }

    @Test
    void drawsOverItsLastPictureAndNeverScrolls() {
        var screen = new ProgressScreen(new PrintWriter(text), 40, 6, false, clock);
        screen.show(copying(0));
        screen.show(copying(1));
        var pictures = text.toString().split("\u001b\\[5A", -1);
        assertThat(pictures).hasSize(2);
        assertThat(pictures[1].substring(0, pictures[1].lastIndexOf('\n')).split("\n", -1)).hasSize(5)
                .allSatisfy(line -> assertThat(line.replaceAll("\u001b\\[[0-9;]*[a-zA-Z]|\r", "")).hasSizeLessThan(40));
        assertThat(pictures[1]).contains("... 10 more lines").endsWith("\u001b[J");
    }

    @Test
    void showsARemarkBelowThePictureUntilItIsTakenBack() {
        var screen = new ProgressScreen(new PrintWriter(text), 80, 50, false, clock);
        screen.show(copying(0));
        screen.remark("The server is away.");
        assertThat(text.toString()).contains("The server is away.");
        text.getBuffer().setLength(0);
        screen.remark("");
        assertThat(text.toString()).doesNotContain("away");
    }

    @Test
    void printsOnlyWhatChanged() {
        var lines = new ProgressLines(new PrintWriter(text), clock);
        lines.show(copying(0));
        lines.show(copying(0));
        lines.show(copying(53687091)); // 5 %: not worth a line yet
        now = now.plus(Duration.ofSeconds(30));
        lines.show(copying(53687092));
        lines.show(copying(536870912));
        assertThat(text.toString()).isEqualTo("""
                12:01:30 db Initialize: completed after 2s
                12:01:30 db ConvertImage: completed after 1m18s
                12:01:30 db CopyDisks: started
                12:01:30 db CopyDisks disk-1: 0%, 0 B of 1.0 GiB, 100 MiB/s, 10s left
                12:01:30 db CopyDisks disk-20: 0%, 0 B of 1.0 GiB
                12:01:30 db: Running
                12:01:30 web: Queued: a slot: 1 of 1 conversions run
                12:01:30 old ConvertImage: Opening the source
                12:01:30 old ConvertImage: Inspecting the source
                12:01:30 old ConvertImage: failed after 28s
                12:01:30 old: Failed
                12:01:30 done: Succeeded
                12:01:30 migration m-1: Running
                12:02:00 db CopyDisks disk-1: 5%, 51.2 MiB of 1.0 GiB, 100 MiB/s, 9s left
                12:02:00 db CopyDisks disk-1: 50%, 512 MiB of 1.0 GiB, 100 MiB/s, 5s left
                """);
    }
}
