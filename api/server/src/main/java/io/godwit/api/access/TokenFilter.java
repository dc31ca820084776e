package io.godwit.api.access;

import io.godwit.api.ServerFault;
import io.godwit.model.fault.FaultException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/// Lets nothing through without the token, but what is open to everybody.
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class TokenFilter extends OncePerRequestFilter {
    private static final Set<String> OPEN = Set.of("/api/v1/health", "/faults", "/api/v1/openapi.json", "/docs", "/docs/start.js",
            "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js");
    private static final String SCHEME = "Bearer ";

    private final AccessToken token;
    private final HandlerExceptionResolver handlerExceptionResolver; // so that ProblemAdvice writes this problem too

    TokenFilter(AccessToken token, HandlerExceptionResolver handlerExceptionResolver) {
        this.token = token;
        this.handlerExceptionResolver = handlerExceptionResolver;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (OPEN.contains(request.getRequestURI()) || shows(request.getHeader("Authorization"))) {
            chain.doFilter(request, response);
            return;
        }
        var refused = new FaultException(ServerFault.TOKEN_MISSING, request.getMethod() + " " + request.getRequestURI() + " was refused",
                request.getHeader("Authorization") == null ? "the request carries no token" : "the request carries a wrong token");
        response.setHeader("WWW-Authenticate", "Bearer");
        handlerExceptionResolver.resolveException(request, response, null, refused);
    }

    private boolean shows(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && token.matches(authorization.substring(SCHEME.length()).strip());
    }
}
