package io.godwit.api.rest;

import io.godwit.api.ServerFault;
import io.godwit.api.ServerIdentity;
import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.catalog.RequestStore.Answer;
import io.godwit.engine.catalog.RequestStore.Begun;
import io.godwit.model.fault.FaultException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.util.ContentCachingResponseWrapper;

/// Carries a POST with an `Idempotency-Key` out once (draft-ietf-httpapi-idempotency-key-header). Only what succeeded is kept: a request that was
/// refused or failed did nothing and may be sent again under its key.
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 100) // behind the token
class IdempotencyFilter extends OncePerRequestFilter {
    static final String HEADER = "Idempotency-Key";
    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyFilter.class);
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");
    private static final int MOST_BYTES = 1 << 20;

    private final RequestStore requests;
    private final ServerIdentity server;
    private final HandlerExceptionResolver handlerExceptionResolver; // so that ProblemAdvice writes these problems too

    IdempotencyFilter(RequestStore requests, ServerIdentity server, HandlerExceptionResolver handlerExceptionResolver) {
        this.requests = requests;
        this.server = server;
        this.handlerExceptionResolver = handlerExceptionResolver;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getMethod().equals("POST") || request.getHeader(HEADER) == null;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Begun begun;
        Repeatable whole;
        String key;
        try {
            key = key(String.valueOf(request.getHeader(HEADER)));
            whole = new Repeatable(request, body(request));
            begun = requests.begin(key, whole.digest(key), server.node(), server.startedAt());
        } catch (FaultException e) {
            handlerExceptionResolver.resolveException(request, response, null, e);
            return;
        }
        switch (begun) {
            case Begun.Done(var answer) -> repeat(answer, response);
            case Begun.UnderWay() -> {
                response.setHeader("Retry-After", "1");
                handlerExceptionResolver.resolveException(request, response, null, new FaultException(ServerFault.IDEMPOTENCY_KEY_IN_USE,
                        "the request was refused", "the first one with its Idempotency-Key has not been answered yet"));
            }
            case Begun.First(var seed) -> carryOut(key, seed, whole, response, chain);
        }
    }

    private static String key(String header) {
        boolean quoted = header.length() > 2 && header.startsWith("\"") && header.endsWith("\"");
        var key = quoted ? header.substring(1, header.length() - 1) : header;
        if (!KEY.matcher(key).matches()) {
            throw new FaultException(ServerFault.IDEMPOTENCY_KEY_INVALID, "the request was refused",
                    "its Idempotency-Key is not 1 to 255 printable ASCII characters");
        }
        return key;
    }

    private static byte[] body(HttpServletRequest request) throws IOException {
        var body = request.getInputStream().readNBytes(MOST_BYTES + 1);
        if (body.length > MOST_BYTES) {
            throw new FaultException(ServerFault.IDEMPOTENCY_KEY_INVALID, "the request was refused", "it has more than 1 MiB");
        }
        return body;
    }

    private static void repeat(Answer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        response.setContentType(answer.contentType());
        response.setHeader("Idempotency-Replayed", "true");
        response.getOutputStream().write(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private void carryOut(String key, String seed, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var caught = new ContentCachingResponseWrapper(response);
        boolean succeeded = false;
        try {
            handle(seed, request, caught, chain);
            succeeded = caught.getStatus() >= 200 && caught.getStatus() < 300;
        } finally {
            keep(key, succeeded ? caught : null);
        }
        caught.copyBodyToResponse();
    }

    private static void handle(String seed, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            NewIds.within(seed, () -> {
                chain.doFilter(request, response);
                return null;
            });
        } catch (IOException | ServletException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }

    /// What cannot be kept is found by its ids when the request comes again.
    private void keep(String key, @Nullable ContentCachingResponseWrapper answer) {
        try {
            if (answer == null) {
                requests.forget(key);
            } else {
                requests.answered(key, new Answer(answer.getStatus(), Objects.requireNonNullElse(answer.getContentType(), ""),
                        new String(answer.getContentAsByteArray(), StandardCharsets.UTF_8)));
            }
        } catch (FaultException e) {
            LOG.warn("the answer to a request with an Idempotency-Key was not kept: {}", e.fault().toString());
        }
    }

    /// A request whose body was read.
    private static final class Repeatable extends HttpServletRequestWrapper {
        private final byte[] body;

        Repeatable(HttpServletRequest request, byte[] body) {
            super(request);
            this.body = body;
        }

        /// Of all that decides what the request does; salted by its key, since secrets may be in it.
        String digest(String key) {
            try {
                var digest = MessageDigest.getInstance("SHA-256");
                for (var part : new String[]{key, getMethod(), getRequestURI(), String.valueOf(getQueryString())}) {
                    digest.update(part.getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) 0);
                }
                return HexFormat.of().formatHex(digest.digest(body));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        @Override
        public ServletInputStream getInputStream() {
            var in = new ByteArrayInputStream(body);
            return new ServletInputStream() {
                @Override
                public int read() {
                    return in.read();
                }

                @Override
                public int read(byte[] into, int from, int length) {
                    return in.read(into, from, length);
                }

                @Override
                public boolean isFinished() {
                    return in.available() == 0;
                }

                @Override
                public boolean isReady() {
                    return true;
                }

                @Override
                public void setReadListener(ReadListener listener) {
                    throw new IllegalStateException("nothing is read in the background");
                }
            };
        }

        @Override
        public BufferedReader getReader() {
            return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
        }
    }
}
