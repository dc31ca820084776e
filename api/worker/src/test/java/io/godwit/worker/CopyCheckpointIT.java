package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// When `godwit copy` goes on from its checkpoint, and when it begins anew.
class CopyCheckpointIT extends CopyProcessFixture {
    @Test
    void goesOnFromItsCheckpointAfterAKillAndAfterCtrlC() throws Exception {
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=80ms");
        var checkpoint = folder.resolve("checkpoint");
        Object[] words = {slow, target, "--checkpoint", checkpoint, "--request-size", "64KiB", "--requests", "1", "-o", "json"};
        var killed = copy(words).start();
        await().until(() -> allocated() > 1 << 20);
        killed.destroyForcibly().waitFor();
        var interrupted = copy(words).start();
        await().until(() -> allocated() > 3 << 20);
        supervisor.run(Command.of("sh", "-c", "kill -TERM \"$0\"", Long.toString(interrupted.pid())));
        assertThat(interrupted.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted.exitValue()).isIn(130, 143);
        var ended = run(words);
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(report(ended.out()).resumedBytes()).isGreaterThan(2 << 20);
        requireEqual();
        assertThat(checkpoint).as("proves nothing once it is done: the export may hold other bytes by then").doesNotExist();
    }

    /// Begins a copy onto a device, and ends it when some of it was written.
    private Object[] begunOnto(String device, Path checkpoint, Path backing, String... more) throws Exception {
        return begun(serve("--filter=delay", "file", "file=" + source, "delay-read=60ms"), device, checkpoint, backing, more);
    }

    private Object[] begun(String slow, String to, Path checkpoint, Path backing, String... more) throws Exception {
        var all = new ArrayList<Object>(List.of(slow, to, "--checkpoint", checkpoint, "--verify", "off", "--request-size", "64KiB",
                "--requests", "1", "-o", "json"));
        all.addAll(List.of(more));
        var words = all.toArray();
        var begun = copy(words).start();
        await().until(() -> !begun.isAlive() // a target that is read when a copy opens it is refused
                || (Files.exists(checkpoint) && !isZero(backing, 0, 1 << 20) && !isZero(backing, 5 << 20, 64 << 10)));
        assertThat(begun.isAlive()).as(Files.readString(folder.resolve("err"))).isTrue();
        supervisor.run(Command.of("sh", "-c", "kill -TERM \"$0\"", Long.toString(begun.pid())));
        assertThat(begun.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(checkpoint).exists();
        return words;
    }

    @Test
    void goesOnOntoTheSameDevice() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device));
        var ended = run(words);
        assertThat(report(ended.out()).resumedBytes()).as(ended.err()).isPositive();
        supervisor.run(Command.of("cmp", source.toString(), device));
    }

    @Test
    void doesNotGoOnOntoADeviceThatHoldsOtherBytesNow() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device));
        write(Path.of(device), 0, new byte[SIZE]);
        var ended = run(words);
        assertThat(ended.err()).contains("does not hold what was copied before");
        assertThat(report(ended.out()).resumedBytes()).isZero();
        supervisor.run(Command.of("cmp", source.toString(), device));
    }

    @Test
    void doesNotGoOnOntoADeviceThatWasMadeAnew() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device));
        detach(device);
        supervisor.run(Command.of("losetup", device, target.toString()));
        loops.add(device);
        var ended = run(words);
        assertThat(report(ended.out()).resumedBytes()).as(ended.err()).isZero();
        supervisor.run(Command.of("cmp", source.toString(), device));
    }

    @Test
    void saysInWhatACheckpointDiffers() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=60ms");
        for (var other : List.of(List.of("--digest", "SHA-256", "digest"), List.of("--request-size", "128KiB", "length of blocks"),
                List.of("SOURCE", source.toString(), "source"))) {
            Files.write(target, new byte[SIZE]);
            var words = new ArrayList<>(List.of(begun(slow, target.toString(), checkpoint, target)));
            int at = words.indexOf(other.getFirst());
            if (other.getFirst().equals("SOURCE")) {
                words.set(0, other.get(1));
            } else if (at >= 0) {
                words.set(at + 1, other.get(1));
            } else {
                words.addAll(other.subList(0, 2));
            }
            var ended = run(words.toArray());
            assertThat(ended.err()).contains("the checkpoint is of another " + other.get(2) + ": a new copy from zero");
            assertThat(report(ended.out()).resumedBytes()).isZero();
            requireEqual();
        }
    }

    @Test
    void goesOnOntoTheSameFileUnlessItHoldsOtherBytesNow() throws Exception {
        Files.write(target, new byte[SIZE]);
        var checkpoint = folder.resolve("checkpoint");
        var slow = serve("--filter=delay", "file", "file=" + source, "delay-read=60ms");
        var ended = run(begun(slow, target.toString(), checkpoint, target));
        assertThat(report(ended.out()).resumedBytes()).as(ended.err()).isPositive();
        requireEqual();
        write(target, 0, new byte[SIZE]);
        var words = begun(slow, target.toString(), checkpoint, target);
        write(target, 0, new byte[SIZE]);
        ended = run(words);
        assertThat(ended.err()).contains("does not hold what was copied before");
        assertThat(report(ended.out()).resumedBytes()).isZero();
        requireEqual();
    }

    @Test
    void doesNotBelieveThatATargetIsZeroWhichAnEarlierRunWroteTo() throws Exception {
        Files.write(target, new byte[SIZE]);
        var device = loop(target);
        var words = begunOnto(device, folder.resolve("checkpoint"), Path.of(device), "--target-is-zero");
        var empty = folder.resolve("empty");
        write(empty, SIZE - 1, new byte[1]);
        words[0] = empty.toString();
        var ended = run(words);
        assertThat(ended.err()).contains("the checkpoint is of another source: a new copy from zero");
        supervisor.run(Command.of("cmp", empty.toString(), device));
    }

    @Test
    void keepsASecondCopyOffItsCheckpoint() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        var other = folder.resolve("other");
        var first = copy(serve("--filter=delay", "file", "file=" + source, "delay-read=200ms"), target, "--checkpoint", checkpoint,
                "--request-size", "64KiB", "--requests", "1").start();
        await().until(() -> allocated() > 1 << 20);
        assertThat(run(source, other, "--checkpoint", checkpoint)).matches(
                ended -> ended.code() == 1 && ended.err().contains("another copy that still runs keeps it"));
        assertThat(other).doesNotExist();
        assertThat(checkpoint).exists();
        first.destroyForcibly().waitFor();
        assertThat(run(source, other, "--checkpoint", checkpoint).code()).as("the kernel has dropped the lock").isZero();
        supervisor.run(Command.of("cmp", source.toString(), other.toString()));
    }

    /// Nothing of such a copy was saved, so that nothing tells whether the target is what it was.
    @Test
    void believesNothingOfACopyThatWasKilledBeforeItSavedAnything() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        Object[] words = {serve("--filter=delay", "file", "file=" + source, "delay-read=200ms"), target, "--checkpoint", checkpoint,
                "--verify", "off", "--request-size", "64KiB", "--requests", "1"};
        var killed = copy(words).start();
        await().until(() -> Files.exists(checkpoint) && allocated() > 0);
        killed.destroyForcibly().waitFor();
        write(target, 2 << 20, new byte[]{1, 2, 3}); // where the disk has zeroes
        assertThat(run(words).code()).isZero();
        requireEqual();
    }

    @Test
    void knowsASourceThatWasChangedUnderItsOldTimes() throws Exception {
        var checkpoint = folder.resolve("checkpoint");
        Object[] words = {source, target, "--checkpoint", checkpoint, "--limit", "1MiB/s", "-o", "json"};
        var killed = copy(words).start();
        await().until(() -> Files.exists(checkpoint) && allocated() > 1 << 20);
        supervisor.run(Command.of("sh", "-c", "kill -TERM \"$0\"", Long.toString(killed.pid())));
        assertThat(killed.waitFor(30, TimeUnit.SECONDS)).isTrue();
        var times = Files.getLastModifiedTime(source);
        write(source, 0, new byte[4096]);
        Files.setLastModifiedTime(source, times);
        var ended = run(words);
        assertThat(ended.err()).contains("the checkpoint is of another source");
        assertThat(report(ended.out()).resumedBytes()).isZero();
        requireEqual();
    }
}
