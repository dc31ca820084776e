package io.godwit.model.disk;

import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;

/// Who reads from a web server. Values of secrets reach the tools by files that have no name, never by arguments or environment.
public sealed interface HttpAccess {
    /// No login.
    record Anyone() implements HttpAccess {}

    /// HTTP Basic with each request.
    ///
    /// @param passwordSecret name of the secret with the password
    record Basic(String user, String passwordSecret) implements HttpAccess {
        public Basic {
            requireUser(user);
            Texts.requireWord("passwordSecret", passwordSecret);
        }
    }

    /// The cookie of a session that the control plane has opened; when it sends another under that name, the next request bears that one
    /// ([#PICKED_UP_SECONDS] seconds later at the latest).
    ///
    /// @param secret name of the secret with `name=value`, several of them joined by `; `
    record Cookie(String secret) implements HttpAccess {
        public Cookie {
            Texts.requireWord("secret", secret);
        }
    }

    /// Headers with a secret value, such as `X-Auth-Token`, renewed like a cookie.
    ///
    /// @param secrets name of the header to the name of the secret with its value
    record Headers(Map<String, String> secrets) implements HttpAccess {
        public Headers {
            secrets = Map.copyOf(secrets);
            secrets.forEach((header, secret) -> {
                requireHeader(header, "");
                Texts.requireWord("secret", secret);
            });
        }
    }

    /// The cookies that a server sets when it is asked by HEAD with HTTP Basic, as ESXi's and vCenter's web server do for `/folder`.
    ///
    /// @param at what is asked
    /// @param renewSeconds age at which the worker logs in again, 1 to 86,400: less than the session lives
    record BasicLogin(URI at, String user, String passwordSecret, int renewSeconds) implements HttpAccess {
        public BasicLogin {
            requireSecure(at);
            requireUser(user);
            Texts.requireWord("passwordSecret", passwordSecret);
            requireRenewal(renewSeconds);
        }
    }

    /// The cookies that a server sets when a message with a login is posted to it, such as a SOAP or REST call.
    ///
    /// @param at where it is posted
    /// @param headers sent with it, e.g. its content type
    /// @param bodySecret name of the secret that is the whole message, since a password stands in it
    /// @param renewSeconds age at which the worker logs in again, 1 to 86,400: less than the session lives
    record PostedLogin(URI at, Map<String, String> headers, String bodySecret, int renewSeconds) implements HttpAccess {
        public PostedLogin {
            requireSecure(at);
            headers = Map.copyOf(headers);
            headers.forEach(HttpAccess::requireHeader);
            Texts.requireWord("bodySecret", bodySecret);
            requireRenewal(renewSeconds);
        }
    }

    /// How long a renewed cookie or header may lie before requests bear it.
    int PICKED_UP_SECONDS = 5;

    private static void requireUser(String user) {
        Texts.requireLine("user", user);
        if (user.contains(":")) { // RFC 7617
            throw new IllegalArgumentException("HTTP Basic has no user with a colon: '" + user + "'");
        }
    }

    private static void requireRenewal(int seconds) {
        if (seconds < 1 || seconds > 86_400) {
            throw new IllegalArgumentException("a login is renewed after 1 to 86400 s, not " + seconds);
        }
    }

    private static void requireSecure(URI uri) {
        requireWebAddress(uri);
        if (!"https".equals(uri.getScheme())) {
            throw new IllegalArgumentException("a login goes by https only, not to " + uri);
        }
    }

    static void requireWebAddress(URI uri) {
        if (!("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) || uri.getHost() == null) {
            throw new IllegalArgumentException("no address of a web server: " + uri);
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("an address may hold neither user nor fragment: that of " + uri.getHost() + " does");
        }
    }

    static void requireHeader(String name, String value) {
        Texts.require("header", Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+"), name);
        if (!value.isEmpty()) {
            Texts.requireLine("value of the header " + name, value);
        }
    }
}
