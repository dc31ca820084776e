package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_CERTIFICATE_REFUSED;
import static io.godwit.provider.ova.OvaFault.OVA_INVENTORY_TIMEOUT;
import static io.godwit.provider.ova.OvaFault.OVA_SERVER_FAILED;
import static io.godwit.provider.ova.OvaFault.OVA_TRUNCATED;
import static io.godwit.provider.ova.OvaFault.OVA_WITHOUT_RANGES;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.HttpAccess;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/// A file behind a web server that answers byte ranges: its headers are read here, its disks by workers.
final class WebFile implements RandomBytes {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
    private static final int BLOCK = 64 << 10;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

    private final WebServer server;
    private final URI url;
    private final HttpClient client;
    private final long deadline;
    private long sizeBytes;
    private String modified = "";
    private String tag = "";
    private long blockAt = -1;
    private byte[] block = new byte[0];

    private WebFile(WebServer server, URI url, Duration budget) {
        this.server = server;
        this.url = url;
        this.client = server.client();
        this.deadline = System.nanoTime() + budget.toNanos();
    }

    /// Asks for its second byte, and so learns its size: a server without ranges would give the first one.
    ///
    /// @param budget for all that is read of it
    /// @throws NoSuchFileException where the server has no such file
    static WebFile open(WebServer server, URI url, Duration budget) throws IOException {
        var file = new WebFile(server, url, budget);
        file.ask(1, 1);
        return file;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    /// What the file is known again by; a server may tell when it changed, its tag, both or neither.
    String version() {
        return version(sizeBytes, modified, tag);
    }

    private static String version(long sizeBytes, String modified, String tag) {
        return sizeBytes + ":" + modified + (tag.isEmpty() ? "" : ":" + tag);
    }

    /// How a worker reads it.
    ExportSpec location() {
        return new ExportSpec.Http(url, server.trust(), new HttpAccess.Anyone(), Map.of());
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        if (offset > sizeBytes - length) {
            throw OVA_TRUNCATED.because(url + " cannot be read", "it has " + sizeBytes + " bytes, none behind them");
        }
        if (length >= BLOCK) {
            return ask(offset, offset + length - 1);
        }
        if (blockAt < 0 || offset < blockAt || offset + length > blockAt + block.length) {
            block = ask(offset, Math.min(sizeBytes, offset + BLOCK) - 1);
            blockAt = offset;
        }
        var bytes = new byte[length];
        System.arraycopy(block, (int) (offset - blockAt), bytes, 0, length);
        return bytes;
    }

    private byte[] ask(long first, long last) throws IOException {
        if (System.nanoTime() - deadline > 0) {
            throw OVA_INVENTORY_TIMEOUT.because(url + " was not read", "the answers of its server took too long");
        }
        var request = HttpRequest.newBuilder(url).timeout(REQUEST_LIMIT).header("Range", "bytes=" + first + "-" + last).build();
        try {
            var answer = client.send(request, BodyHandlers.ofInputStream());
            try (var body = answer.body()) {
                requireRange(answer, first, last);
                var bytes = readInTime(body, (int) (last - first + 1));
                if (bytes.length != last - first + 1) {
                    throw new IOException("the answer ended early");
                }
                return bytes;
            }
        } catch (SSLException e) {
            throw OVA_CERTIFICATE_REFUSED.because(url + " was not read", e);
        } catch (HttpTimeoutException e) {
            throw OVA_SERVER_FAILED.because(url + " cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// The client's own limit ends with the headers: a server may take as long as it likes for what follows them.
    private byte[] readInTime(InputStream body, int length) throws IOException, InterruptedException {
        var reading = new FutureTask<>(() -> body.readNBytes(length));
        Thread.startVirtualThread(reading);
        try {
            return reading.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw OVA_SERVER_FAILED.because(url + " cannot be read", "its server stopped in the middle of an answer");
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private void requireRange(HttpResponse<?> answer, long first, long last) throws IOException {
        switch (answer.statusCode()) {
            case 206 -> {
                // looked at below
            }
            case 404, 410 -> throw new NoSuchFileException(url.toString());
            case 200 -> throw withoutRanges("it gave the whole file for a range of bytes");
            case 416 -> throw OVA_TRUNCATED.because(url + " is no package", "it has no byte " + first);
            default -> throw OVA_SERVER_FAILED.because(url + " cannot be read", "the server answered " + answer.statusCode());
        }
        var said = answer.headers().firstValue("Content-Range").orElse("none");
        var range = CONTENT_RANGE.matcher(said);
        if (!range.matches() || Long.parseLong(range.group(1)) != first || Long.parseLong(range.group(2)) != last) {
            throw withoutRanges(
                    "it was asked for the bytes " + first + "-" + last + " and answered Content-Range: " + TarIndex.printable(said));
        }
        var size = Long.parseLong(range.group(3));
        var now = TarIndex.printable(answer.headers().firstValue("Last-Modified").orElse(""));
        var tagNow = answer.headers().firstValue("ETag").filter(each -> !each.startsWith("W/")) // a weak one may stay where bytes change
                .map(TarIndex::printable).orElse("");
        if (sizeBytes != 0 && !version(size, now, tagNow).equals(version())) {
            throw OVA_TRUNCATED.because(url + " cannot be used yet", "it changed while it was read: it was " + version() + " and is "
                    + version(size, now, tagNow));
        }
        sizeBytes = size;
        modified = now;
        tag = tagNow;
    }

    private RuntimeException withoutRanges(String why) {
        return OVA_WITHOUT_RANGES.because(url + " cannot be read in place", why);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
