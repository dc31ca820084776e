package io.godwit.export;

import io.godwit.export.RangeCheck.Version;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.TlsTrust;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// nbdkit's curl plugin for a file behind a web server.
final class HttpServer {
    private static final int REQUEST_SECONDS = 45; // less than the NBD client's patience: the plugin's reason is to be heard first

    private final ExportSpec.Http source;
    private final Supervisor supervisor;
    private final SecretFiles files;
    private final Consumer<Runnable> undo;
    private final List<String> arguments = new ArrayList<>();
    private final @Nullable String certificates;
    private @Nullable Path jar; // cookies of the last login

    private HttpServer(ExportSpec.Http source, Supervisor supervisor, SecretFiles files, Consumer<Runnable> undo) {
        this.source = source;
        this.supervisor = supervisor;
        this.files = files;
        this.undo = undo;
        this.certificates = source.trust() instanceof TlsTrust.Certificates(var pem)
                ? files.folderOf("ca.pem", pem, undo).toString()
                : null;
    }

    /// @param undo collects what is to be removed when the export is closed
    static NbdkitServer of(ExportSpec.Http source, Supervisor supervisor, SecretFiles files, Consumer<Runnable> undo) {
        return new HttpServer(source, supervisor, files, undo).server();
    }

    private NbdkitServer server() {
        arguments.add("url=" + source.url());
        arguments.add("protocols=" + source.url().getScheme());
        arguments.add("followlocation=" + anyone()); // libcurl sends our cookies and headers wherever it is led
        arguments.add("timeout=" + REQUEST_SECONDS);
        arguments.add("tcp-keepalive=true");
        if (certificates != null) {
            arguments.add("cainfo=" + certificates + "/ca.pem");
            arguments.add("capath=" + certificates); // else the machine's authorities count too
        } else if (source.trust() instanceof TlsTrust.Unverified) {
            arguments.add("sslverify=false");
        }
        addAccess();
        arguments.add("multi-conn-mode=unsafe"); // unsafe for who writes; the plugin handles one request of a connection at once
        return new NbdkitServer(List.of("multi-conn"), "curl", arguments, source.url().toString(), LastWords.HTTP).onceOpen(() -> {
            var first = ask();
            return () -> requireSame(first, ask());
        });
    }

    private boolean anyone() {
        return source.access() instanceof HttpAccess.Anyone && source.headers().isEmpty();
    }

    private void addAccess() {
        if (!(source.access() instanceof HttpAccess.Headers)) {
            CurlConfig.headerLines(source.headers()).lines().forEach(line -> arguments.add("header=" + line));
        }
        switch (source.access()) {
            case HttpAccess.Anyone _ -> {
                // nothing to say
            }
            case HttpAccess.Headers headers -> { // the plugin takes a file of headers from a script only
                arguments.add("header-script=" + CookieScript.print(
                        files.of(() -> CurlConfig.headerLines(source.headers()) + secretHeaders(headers), undo)));
                arguments.add("header-script-renew=" + HttpAccess.PICKED_UP_SECONDS);
            }
            case HttpAccess.Basic(var user, var secret) -> {
                arguments.add("user=" + user);
                arguments.add("password=+" + files.of(() -> password(user, secret) + "\n", undo));
            }
            case HttpAccess.Cookie cookie ->
                addScript(CookieScript.print(files.of(() -> value(cookie) + "\n", undo)), HttpAccess.PICKED_UP_SECONDS);
            case HttpAccess.BasicLogin login ->
                addScript(login(() -> CurlConfig.of(login.at(), certificates, source.trust(), REQUEST_SECONDS)
                        .head().user(login.user(), password(login.user(), login.passwordSecret()))), login.renewSeconds());
            case HttpAccess.PostedLogin login -> {
                var body = files.of(() -> files.text(login.bodySecret(), "the login at " + login.at()), undo);
                addScript(login(
                        () -> CurlConfig.of(login.at(), certificates, source.trust(), REQUEST_SECONDS).headers(login.headers()).post(body)),
                        login.renewSeconds());
            }
        }
    }

    private void addScript(String script, int renewSeconds) {
        arguments.add("cookie-script=" + script);
        arguments.add("cookie-script-renew=" + renewSeconds);
    }

    private String login(Supplier<CurlConfig> config) {
        var cookies = files.of(() -> "", undo);
        jar = cookies;
        return CookieScript.login(files.of(() -> config.get().toString(), undo), files.of(() -> "", undo), cookies);
    }

    private String password(String user, String secret) {
        return files.line(secret, "the password of " + user);
    }

    private String value(HttpAccess.Cookie cookie) {
        return files.line(cookie.secret(), "the cookie for " + source.url().getHost());
    }

    private String secretHeaders(HttpAccess.Headers headers) {
        var lines = new StringBuilder();
        new TreeMap<>(headers.secrets())
                .forEach((name, secret) -> lines.append(name).append(": ").append(files.line(secret, "the header " + name)).append('\n'));
        return lines.toString();
    }

    private Version ask() {
        var after = new ArrayDeque<Runnable>();
        try {
            return RangeCheck.ask(supervisor, files.of(() -> oneByte().toString(), after::push), source.url().toString());
        } finally {
            after.forEach(Runnable::run);
        }
    }

    private CurlConfig oneByte() {
        var request = CurlConfig.of(source.url(), certificates, source.trust(), REQUEST_SECONDS).headers(source.headers())
                .range(RangeCheck.RANGE);
        switch (source.access()) {
            case HttpAccess.Anyone _ -> {
                if (anyone()) {
                    request.redirected();
                }
            }
            case HttpAccess.Headers headers -> secretHeaders(headers).lines().forEach(request::header);
            case HttpAccess.Basic(var user, var secret) -> request.user(user, password(user, secret));
            case HttpAccess.Cookie cookie -> request.header("Cookie: " + value(cookie));
            case HttpAccess.BasicLogin _ -> request.header("Cookie: " + lastCookies());
            case HttpAccess.PostedLogin _ -> request.header("Cookie: " + lastCookies());
        }
        return request;
    }

    private String lastCookies() {
        var cookies = jar;
        try {
            return cookies == null ? "" : Files.readString(cookies).strip();
        } catch (IOException e) {
            throw new FaultException(ExportFault.EXPORT_NOT_STARTED, "the cookies for " + source.url() + " cannot be read", e);
        }
    }

    private void requireSame(Version first, Version now) {
        if (!now.equals(first)) {
            throw new FaultException(ExportFault.SOURCE_FILE_CHANGED, source.url() + " is not the file that was opened",
                    "it was " + first + " and is " + now);
        }
    }
}
