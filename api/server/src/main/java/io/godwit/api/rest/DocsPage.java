package io.godwit.api.rest;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The OpenAPI document as a page for people. All of it comes from this server, and a browser lets it speak to no other; it asks for the token itself.
@RestController
@Hidden
class DocsPage {
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final String UI = "META-INF/maven/org.webjars/swagger-ui/pom.properties";

    private final Map<String, Served> files;

    private record Served(Resource file, MediaType type) {}

    DocsPage() throws IOException {
        var ui = new Properties();
        try (var in = new ClassPathResource(UI).getInputStream()) {
            ui.load(in);
        }
        var jar = "META-INF/resources/webjars/swagger-ui/" + Objects.requireNonNull(ui.getProperty("version"), UI) + "/";
        var script = MediaType.parseMediaType("text/javascript;charset=UTF-8");
        files = Map.of("/docs",
                new Served(new ClassPathResource("docs.html", DocsPage.class), MediaType.parseMediaType("text/html;charset=UTF-8")),
                "/docs/start.js", new Served(new ClassPathResource("docs.js", DocsPage.class), script),
                "/docs/swagger-ui.css",
                new Served(new ClassPathResource(jar + "swagger-ui.css"), MediaType.parseMediaType("text/css;charset=UTF-8")),
                "/docs/swagger-ui-bundle.js", new Served(new ClassPathResource(jar + "swagger-ui-bundle.js"), script));
    }

    @GetMapping({"/docs", "/docs/start.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"})
    ResponseEntity<Resource> file(HttpServletRequest request) {
        var served = Objects.requireNonNull(files.get(request.getRequestURI()), "only these are mapped");
        return ResponseEntity.ok().contentType(served.type()).header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff").header("Cache-Control", "no-cache").body(served.file());
    }
}
