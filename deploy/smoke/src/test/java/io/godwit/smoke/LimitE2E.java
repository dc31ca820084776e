package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.protocol.WorkerClient;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Limits on real copies: what they asked of the source by their own count and clock. That it is no more than the limit is demanded, on whatever
/// machine; that it is no less is only printed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitE2E {
    private static final long MIB = 1 << 20;
    /// Per copy: one read that overdraws on each of four connections, and what one tick may be off.
    private static final long SLACK = (5 * 256) << 10;
    private static final double SAVED_SECONDS = 0.1;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private final WorkerClient client = new WorkerClient(Duration.ofSeconds(3));
    private SmokeServer server;
    private Pipeline pipeline;

    @BeforeAll
    void start() throws IOException {
        var exports = Files.createDirectories(folder.resolve("exports"));
        ReferenceRun.writeOva(exports, new SeededDisk(8, 640 << 20));
        server = SmokeServer.start(folder);
        pipeline = Pipeline.register(server, exports, Files.createDirectories(folder.resolve("pool")));
    }

    @AfterAll
    void end() {
        client.close();
        server.close();
        SmokeWorker.killAllOf(folder);
    }

    @Test
    void keepsTwoCopiesWithinALimitThatChangesAndOutlivesTheServer() {
        limit(12 * MIB);
        var one = start("one");
        assertThat(one.ordered().bytesPerSecond()).isEqualTo(12 * MIB);
        var two = start("two");
        assertThat(two.ordered().bytesPerSecond()).as("free when it began").isBetween(1L, 12 * MIB);
        var both = List.of(one, two);
        both.forEach(copy -> copy.awaitShare(6 * MIB));
        requireAtMost("two copies", both, 12 * MIB, Duration.ofSeconds(8));
        for (var copy : both) {
            var limits = pipeline.vm(copy.id()).path("limits");
            assertThat(limits.path("names").toString()).isEqualTo("[\"all\"]");
            assertThat(limits.path("bytesBoundBy").asString("")).isEqualTo("all");
        }

        long changed = System.nanoTime();
        limit(6 * MIB);
        both.forEach(copy -> copy.awaitShare(3 * MIB));
        System.out.printf("a change was seen at both workers after %d ms%n", Duration.ofNanos(System.nanoTime() - changed).toMillis());
        requireAtMost("after a change", both, 6 * MIB, Duration.ofSeconds(4));

        server.kill();
        requireAtMost("while the server is dead", both, 6 * MIB, Duration.ofSeconds(2));
        server.restart();
        pipeline = pipeline.on(server);
        assertThat(server.rest().get("/limits/all").requireStatus(200).body().path("bytesPerSecond").asLong()).isEqualTo(6 * MIB);
        await("the next server to know them").atMost(60, SECONDS)
                .until(() -> both.stream().allMatch(copy -> pipeline.vm(copy.id()).at("/limits/bytesBoundBy").asString("").equals("all")));
        requireAtMost("under the next server", both, 6 * MIB, Duration.ofSeconds(2));
        limit(10 * MIB);
        both.forEach(copy -> copy.awaitShare(5 * MIB));

        pipeline.cancel(one.id());
        long ended = System.nanoTime();
        two.awaitShare(10 * MIB);
        System.out.printf("the share of a cancelled copy was with the other after %d ms%n",
                Duration.ofNanos(System.nanoTime() - ended).toMillis());
        requireAtMost("the copy that is left", List.of(two), 10 * MIB, Duration.ofSeconds(4));

        server.rest()
                .put("/limits/source", Map.of("scope", Map.of("type", "sourceHost", "provider", "exports"), "bytesPerSecond", 11 * MIB))
                .requireStatus(200);
        server.rest().delete("/limits/all").requireStatus(204);
        two.awaitShare(11 * MIB);
        assertThat(pipeline.vm(two.id()).at("/limits/bytesBoundBy").asString("")).isEqualTo("source");
        pipeline.cancel(two.id());
        for (var copy : both) {
            assertThat(pipeline.awaitEnd(copy.id()).path("phase").asString()).isEqualTo("Canceled");
        }
    }

    private void limit(long bytesPerSecond) {
        server.rest().put("/limits/all", Map.of("scope", Map.of("type", "total"), "bytesPerSecond", bytesPerSecond)).requireStatus(200);
    }

    private CopyAtWork start(String name) {
        var plan = pipeline.plan(name, "web", Map.of("vms", List.of(Map.of("name", "web", "targetName", name))));
        return CopyAtWork.awaitRunning(pipeline.pool(), pipeline.start(plan), client);
    }

    private static void requireAtMost(String what, List<CopyAtWork> copies, long limit, Duration time) {
        var first = copies.stream().map(CopyAtWork::load).toList();
        double sum = 0;
        double most = limit * 1.02;
        for (int i = 0; i < copies.size(); i++) {
            var took = CopyAtWork.between(first.get(i), copies.get(i).loadAfter(first.get(i), time));
            sum += took.perSecond();
            most += (SLACK + SAVED_SECONDS * limit / copies.size()) / took.seconds();
        }
        System.out.printf("%s: %.3f MiB/s of %.3f, %.2f %%%n", what, sum / MIB, (double) limit / MIB, 100 * sum / limit);
        assertThat(sum).as(what).isPositive().isLessThanOrEqualTo(most);
    }
}
