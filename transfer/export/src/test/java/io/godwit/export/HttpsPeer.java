package io.godwit.export;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// The JDK's web server with TLS on loopback: gives one file by ranges at `/disk`, others where it is told, logs in at `/basic` (HEAD) and `/post`, and
/// fails as it is told.
public final class HttpsPeer implements AutoCloseable {
    public static final String USER = "domain\\reader";
    public static final String PASSWORD = "s3cret \"&<>\\ ü'$x";
    private static final String STORE_PASSWORD = "changeit";
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

    /// One request that came.
    public record Asked(String method, String path, String cookie, String authorization, String token) {}

    /// Whom `/disk` is given to.
    public enum Guard {
        NOBODY, BASIC, COOKIE, TOKEN
    }

    /// What becomes of requests for a part.
    public enum Ranges {
        GIVEN, ANNOUNCED, NONE
    }

    private final SSLContext tls;
    private final byte[] certificate;
    private final Path file;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger sessionRequests = new AtomicInteger();
    private HttpsServer server;
    private final int port;

    public volatile Guard guard = Guard.NOBODY;
    public volatile String token = "first";
    public volatile Ranges ranges = Ranges.GIVEN;
    /// The tag of the file; empty = it has none.
    public volatile String tag = "";
    /// When the file was modified; empty = nobody says.
    public volatile String modified = "Wed, 31 Dec 2025 23:59:59 GMT";
    /// Answered to each request for `/disk` instead of it; 0 = the file.
    public volatile int status;
    /// Other files by their paths.
    public final Map<String, Path> files = new ConcurrentHashMap<>();
    /// Where the answer sends to instead, by path.
    public final Map<String, String> moved = new ConcurrentHashMap<>();
    /// The path whose answers stop half-way, until this is no more.
    public volatile String stalled = "";
    /// How many answers are still to break off half-way.
    public final AtomicInteger cuts = new AtomicInteger();
    /// How many requests a session lasts.
    public volatile int requestsPerSession = Integer.MAX_VALUE;
    /// Run while a login is under way.
    public volatile Runnable duringLogin = () -> {
    };

    public HttpsPeer(Path folder, Path file) throws IOException, InterruptedException, GeneralSecurityException {
        this(folder, file, "localhost", 0);
    }

    /// With a certificate for that host, of two days that began so many days ago.
    public HttpsPeer(Path folder, Path file, String host, int daysAgo)
            throws IOException, InterruptedException, GeneralSecurityException {
        this.file = file;
        var store = folder.resolve("peer.p12");
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var made = new ProcessBuilder(keytool, "-genkeypair", "-alias", "peer", "-keyalg", "EC", "-groupname", "secp256r1", "-dname",
                "CN=" + host, "-ext", "san=dns:" + host, "-ext", "bc=ca:true", "-startdate", "-" + daysAgo + "d", "-validity", "2",
                "-storetype", "PKCS12", "-keystore",
                store.toString(),
                "-storepass", STORE_PASSWORD).redirectErrorStream(true).redirectOutput(folder.resolve("keytool.log").toFile()).start();
        if (!made.waitFor(30, TimeUnit.SECONDS) || made.exitValue() != 0) {
            throw new IOException("keytool: " + Files.readString(folder.resolve("keytool.log")));
        }
        var keys = KeyStore.getInstance("PKCS12");
        try (var from = Files.newInputStream(store)) {
            keys.load(from, STORE_PASSWORD.toCharArray());
        }
        Files.delete(store);
        certificate = keys.getCertificate("peer").getEncoded();
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, STORE_PASSWORD.toCharArray());
        tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        server = listen(0);
        port = server.getAddress().getPort();
    }

    private HttpsServer listen(int at) throws IOException {
        var listening = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 64);
        listening.setHttpsConfigurator(new HttpsConfigurator(tls));
        listening.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        listening.createContext("/", this::answer);
        listening.start();
        return listening;
    }

    public URI url(String path) {
        return URI.create("https://localhost:" + port + path);
    }

    public int port() {
        return port;
    }

    /// As PEM.
    public String certificate() {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(certificate)
                + "\n-----END CERTIFICATE-----\n";
    }

    public String thumbprint() {
        try {
            return HexFormat.ofDelimiter(":").formatHex(MessageDigest.getInstance("SHA-1").digest(certificate)).toUpperCase(Locale.ROOT);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public List<Asked> asked() {
        return List.copyOf(asked);
    }

    public long logins() {
        return asked.stream().filter(each -> !each.path().equals("/disk")).count();
    }

    /// Hangs up on everybody.
    public void stop() {
        server.stop(0);
    }

    public void startAgain() throws IOException {
        server = listen(port);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes(); // else the connection is closed after the answer
            var headers = exchange.getRequestHeaders();
            var request = new Asked(exchange.getRequestMethod(), exchange.getRequestURI().getPath(), first(headers.getFirst("Cookie")),
                    first(headers.getFirst("Authorization")), first(headers.getFirst("X-Token")));
            asked.add(request);
            var elsewhere = moved.get(request.path());
            if (elsewhere != null) {
                exchange.getResponseHeaders().set("Location", elsewhere);
                exchange.sendResponseHeaders(302, -1);
                return;
            }
            var known = request.path().endsWith(".ova") ? file : files.get(request.path());
            if (known != null) {
                give(exchange, request, known);
                return;
            }
            switch (request.path()) {
                case "/basic" -> logIn(exchange, request.method().equals("HEAD") && request.authorization().equals(basic()), 401, "");
                case "/post" -> {
                    var login = new String(body, StandardCharsets.UTF_8);
                    logIn(exchange, login.equals(loginBody(PASSWORD)), 500,
                            "<Fault><faultstring>Cannot complete login.</faultstring></Fault>");
                }
                case "/disk" -> give(exchange, request, file);
                default -> exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private static String first(String value) {
        return value == null ? "" : value;
    }

    public static String loginBody(String password) {
        return "<Login><user>" + USER + "</user>\n<password>" + password + "</password></Login>";
    }

    private static String basic() {
        return "Basic " + Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    }

    private void logIn(HttpExchange exchange, boolean right, int otherwise, String says) throws IOException {
        duringLogin.run();
        if (right) {
            sessionRequests.set(0);
            exchange.getResponseHeaders().add("Set-Cookie", "session=\"s" + sessions.incrementAndGet() + "\"; Path=/; HttpOnly");
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        var bytes = says.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(otherwise, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private boolean admits(Asked request) {
        return switch (guard) {
            case NOBODY -> true;
            case BASIC -> request.authorization().equals(basic());
            case COOKIE -> request.cookie().equals("session=\"s" + sessions.get() + "\"")
                    && sessionRequests.incrementAndGet() <= requestsPerSession;
            case TOKEN -> request.token().equals(token);
        };
    }

    private void give(HttpExchange exchange, Asked request, Path file) throws IOException {
        if (status != 0) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        if (!admits(request)) {
            exchange.sendResponseHeaders(401, -1);
            return;
        }
        var size = Files.size(file);
        if (!modified.isEmpty()) {
            exchange.getResponseHeaders().set("Last-Modified", modified);
        }
        if (!tag.isEmpty()) {
            exchange.getResponseHeaders().set("ETag", tag);
        }
        if (ranges != Ranges.NONE) {
            exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
        }
        if (request.method().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Long.toString(size));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        var range = RANGE.matcher(first(exchange.getRequestHeaders().getFirst("Range")));
        boolean part = ranges == Ranges.GIVEN && range.matches();
        long from = part ? Long.parseLong(range.group(1)) : 0;
        long to = part ? Math.min(size, Long.parseLong(range.group(2)) + 1) : size;
        var bytes = new byte[(int) (to - from)];
        try (var channel = Files.newByteChannel(file)) {
            channel.position(from);
            var buffer = java.nio.ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until it is full
            }
        }
        if (part) {
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size);
        }
        exchange.sendResponseHeaders(part ? 206 : 200, bytes.length);
        if (request.path().equals(stalled)) {
            exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
            exchange.getResponseBody().flush();
            awaitGoOn();
        }
        int length = cuts.get() > 0 && cuts.getAndDecrement() > 0 ? bytes.length / 2 : bytes.length;
        exchange.getResponseBody().write(bytes, 0, length);
        exchange.getResponseBody().flush();
    }

    private synchronized void awaitGoOn() {
        try {
            while (!stalled.isEmpty()) {
                wait(TimeUnit.MINUTES.toMillis(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void goOn() {
        stalled = "";
        notifyAll();
    }

    @Override
    public void close() {
        goOn();
        stop();
    }
}
