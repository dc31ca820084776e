package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A headless Chromium with one page, told what to do over its DevTools protocol. It finds no host but this machine.
final class Browser implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket page;
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();

    /// @param folder for its profile
    Browser(Path folder) throws IOException {
        process = new ProcessBuilder("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0", "--user-data-dir=" + folder, "--window-size=1280,1600",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "about:blank").redirectErrorStream(true)
                .redirectOutput(Files.createTempFile(folder, "chromium", ".log").toFile()).start();
        try {
            var portFile = folder.resolve("DevToolsActivePort");
            await().atMost(DEADLINE).until(() -> Files.exists(portFile) && Files.readString(portFile).contains("\n"));
            var port = Files.readAllLines(portFile).getFirst();
            await().atMost(DEADLINE).until(() -> pageOf(port) != null);
            page = get(http.newWebSocketBuilder().buildAsync(URI.create(String.valueOf(pageOf(port))), new Answers()));
        } catch (IOException | RuntimeException | Error e) {
            end();
            throw e;
        }
    }

    private @Nullable String pageOf(String port) {
        var listed = get(
                http.sendAsync(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list")).timeout(DEADLINE).build(),
                        BodyHandlers.ofString()));
        return JSON.readTree(listed.body()).valueStream().filter(each -> each.path("type").asString("").equals("page"))
                .map(each -> each.path("webSocketDebuggerUrl").asString()).findFirst().orElse(null);
    }

    private final class Answers implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean whole) {
            text.append(part);
            if (whole) {
                var message = JSON.readTree(text.toString());
                text.setLength(0);
                var asked = answers.remove(message.path("id").asInt(0));
                if (asked != null) {
                    asked.complete(message);
                }
            }
            socket.request(1);
            return null;
        }
    }

    private JsonNode call(String method, Map<String, ?> parameters) {
        int id = last.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        answers.put(id, answer);
        var _ = get(page.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true));
        var message = get(answer);
        assertThat(message.has("error")).as(message.toString()).isFalse();
        return message.path("result");
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /// Goes there, and notes what the page's policy refused and which scripts failed.
    void open(String url) {
        call("Page.enable", Map.of());
        call("Page.addScriptToEvaluateOnNewDocument", Map.of("source", """
                window.complaints = [];
                addEventListener('securitypolicyviolation', e => complaints.push(e.violatedDirective + ' ' + e.blockedURI));
                addEventListener('error', e => complaints.push(String(e.message)));"""));
        call("Page.navigate", Map.of("url", url));
    }

    /// The value of that JavaScript.
    JsonNode evaluate(String script) {
        var result = call("Runtime.evaluate", Map.of("expression", script, "returnByValue", true, "awaitPromise", true));
        assertThat(result.has("exceptionDetails")).as(script + ": " + result).isFalse();
        return result.path("result").path("value");
    }

    /// Waits until that JavaScript is true.
    void awaitTrue(String script) {
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(evaluate("Boolean(" + script + ")").asBoolean()).as(script).isTrue());
    }

    /// Clicks what that selector finds, once it is there.
    void click(String selector) {
        var found = "document.querySelector(" + JSON.writeValueAsString(selector) + ")";
        awaitTrue(found);
        evaluate(found + ".click()");
    }

    /// Types into what that selector finds, as React wants to be told of it.
    void type(String selector, String text) {
        var found = "document.querySelector(" + JSON.writeValueAsString(selector) + ")";
        awaitTrue(found);
        evaluate("Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(" + found + ", "
                + JSON.writeValueAsString(text) + "), " + found + ".dispatchEvent(new Event('input', {bubbles: true}))");
    }

    /// A picture of it, as PNG.
    byte[] screenshot() {
        return Base64.getDecoder().decode(
                call("Page.captureScreenshot", Map.of("format", "png")).path("data").asString().getBytes(StandardCharsets.US_ASCII));
    }

    private void end() {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        process.onExit().orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
        all.forEach(each -> each.onExit().orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join());
    }

    @Override
    public void close() {
        page.abort();
        http.close();
        end();
    }
}
