package io.godwit.api.rest;

import io.godwit.api.ServerIdentity;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem.HttpMethod;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springdoc.core.customizers.GlobalOperationCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;

/// What of the OpenAPI document the controllers do not say themselves: the token, pages, keys of requests, and how operations fail.
@Configuration(proxyBeanMethods = false)
@Import(RecordSchemas.class)
class OpenApiDocument {
    private static final String TOKEN = "token";
    private static final String KEY = "IdempotencyKey";
    private static final String REPLAYED = "IdempotencyReplayed";
    private static final String SCHEMAS = Components.COMPONENTS_SCHEMAS_REF;

    /// How requests fail, by status; what else goes wrong is the default answer.
    private enum Refusal {
        INVALID("400", "BadRequest", "The request is wrong; `violations` tells which field, and how"), NO_TOKEN("401", "Unauthorized",
                "The token is missing or wrong"), NOT_FOUND("404", "NotFound", "What the path names is not there"), CONFLICT("409",
                        "Conflict",
                        "What is there stands in the way: a name is taken, something is in use or runs, nothing is there to be stopped; "
                                + "or the first request with this Idempotency-Key has not been answered yet (with `Retry-After`)"), IMPOSSIBLE(
                                        "422", "Unprocessable",
                                        "The request was understood and cannot be done; of a plan, `conditions` tells what stands in its way. "
                                                + "Or its Idempotency-Key belongs to another request"), OTHER("default", "Problem",
                                                        "What else goes wrong: at the source or the destination (502), for a while (503), or by a bug (500)");

        private final String status;
        private final String component;
        private final String description;

        Refusal(String status, String component, String description) {
            this.status = status;
            this.component = component;
            this.description = description;
        }

        ApiResponse answer() {
            var answer = new ApiResponse().description(description).content(new Content().addMediaType("application/problem+json",
                    new MediaType().schema(new Schema<>().$ref(SCHEMAS + "Problem"))));
            return switch (this) {
                case NO_TOKEN -> answer.headers(header("WWW-Authenticate", "always `Bearer`"));
                case CONFLICT -> answer.headers(header("Retry-After", "seconds; only while the first request is handled"));
                case INVALID, NOT_FOUND, IMPOSSIBLE, OTHER -> answer;
            };
        }

        private static Map<String, Header> header(String name, String description) {
            return Map.of(name, new Header().description(description).schema(new StringSchema()));
        }

        void addTo(Operation operation) {
            operation.getResponses().addApiResponse(status, new ApiResponse().$ref(component));
        }
    }

    @Bean
    @Lazy
    OpenAPI document(ServerIdentity server) {
        return new OpenAPI()
                .info(new Info().title("Godwit").version(server.version()).description("Moves virtual machines, and proves it.")
                        .license(new License().name("Apache-2.0").identifier("Apache-2.0")))
                .servers(List.of(new Server().url("/")))
                .components(new Components().addSecuritySchemes(TOKEN,
                        new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer")
                                .description("The text in the file `token` of the server's data folder")))
                .addSecurityItem(new SecurityRequirement().addList(TOKEN));
    }

    /// Ids that are unique, and stay the same when another operation comes.
    @Bean
    GlobalOperationCustomizer ids() {
        return (operation, method) -> operation
                .operationId(operation.getTags().getFirst().replace('-', '_') + "_" + method.getMethod().getName());
    }

    @Bean
    GlobalOpenApiCustomizer whatAllShare() {
        return document -> {
            addComponents(document.getComponents());
            document.getPaths().forEach((path, item) -> item.readOperationsMap().forEach((verb, operation) -> {
                addRefusals(path, operation);
                if (verb == HttpMethod.POST) {
                    addKey(operation);
                }
                describePages(operation);
            }));
            document.getComponents().getSchemas().values().forEach(schema -> anchor(schema));
            closeRequests(document);
        };
    }

    private static void addComponents(Components components) {
        for (var each : List.of(Problem.class, EventViews.Event.class, EventViews.Progress.class, EventViews.End.class)) {
            var resolved = ModelConverters.getInstance(true).resolveAsResolvedSchema(new AnnotatedType(each));
            components.addSchemas(resolved.schema.getName(), resolved.schema);
            resolved.referencedSchemas.forEach(components::addSchemas);
        }
        for (var refusal : Refusal.values()) {
            components.addResponses(refusal.component, refusal.answer());
        }
        components.addParameters(KEY, new Parameter().in("header").name(IdempotencyFilter.HEADER).description(
                "carries the request out once, however often it is sent within 24 hours: 1 to 255 printable characters, perhaps in quotes; best a UUID")
                .schema(new StringSchema().pattern("^([!-~]{1,255}|\"[!-~]{1,255}\")$")));
        components.addHeaders(REPLAYED,
                new Header().description("`true` where this is the answer to the first request with this Idempotency-Key")
                        .schema(new StringSchema()._enum(List.of("true"))));
    }

    private static void addRefusals(String path, Operation operation) {
        boolean open = operation.getSecurity() != null && operation.getSecurity().isEmpty();
        if (!open) {
            Refusal.NO_TOKEN.addTo(operation);
        }
        if (operation.getRequestBody() != null || operation.getParameters() != null) {
            Refusal.INVALID.addTo(operation);
        }
        if (path.contains("{")) {
            Refusal.NOT_FOUND.addTo(operation);
        }
        boolean removes = path.endsWith("/scheduled-start") || (path.endsWith("}") && operation.getResponses().containsKey("204"));
        if (operation.getRequestBody() != null || removes) {
            Refusal.CONFLICT.addTo(operation);
        }
        if (operation.getRequestBody() != null) {
            Refusal.IMPOSSIBLE.addTo(operation);
        }
        Refusal.OTHER.addTo(operation);
    }

    private static void addKey(Operation operation) {
        operation.addParametersItem(new Parameter().$ref(KEY));
        Refusal.CONFLICT.addTo(operation);
        Refusal.IMPOSSIBLE.addTo(operation);
        operation.getResponses().forEach((status, answer) -> {
            if (status.startsWith("2")) {
                answer.addHeaderObject("Idempotency-Replayed", new Header().$ref(REPLAYED));
            }
        });
    }

    private static void describePages(Operation operation) {
        for (var parameter : Objects.requireNonNullElse(operation.getParameters(), List.<Parameter>of())) {
            if ("limit".equals(parameter.getName())) {
                parameter.getSchema().minimum(BigDecimal.ONE).setDefault(Page.USUAL);
            }
        }
    }

    /// A pattern of ours is of the whole text; one of a schema is of any part.
    private static void anchor(Schema<?> schema) {
        var pattern = schema.getPattern();
        if (pattern != null && !pattern.startsWith("^")) {
            schema.setPattern("^(" + pattern + ")$");
        }
        children(schema).forEach(OpenApiDocument::anchor);
    }

    /// Fields that a request does not have are refused.
    private static void closeRequests(OpenAPI document) {
        var seen = new HashSet<Schema<?>>();
        var open = new ArrayDeque<Schema<?>>();
        document.getPaths().values().stream().flatMap(path -> path.readOperations().stream())
                .map(Operation::getRequestBody).filter(Objects::nonNull)
                .forEach(body -> body.getContent().values().forEach(content -> open.add(content.getSchema())));
        while (!open.isEmpty()) {
            var next = resolve(open.remove(), document);
            if (seen.add(next)) {
                if (next.getProperties() != null) {
                    next.setAdditionalProperties(false);
                }
                open.addAll(children(next));
            }
        }
    }

    private static Schema<?> resolve(Schema<?> schema, OpenAPI document) {
        var ref = schema.get$ref();
        return ref == null
                ? schema
                : Objects.requireNonNull(document.getComponents().getSchemas().get(ref.substring(SCHEMAS.length())), ref);
    }

    private static List<Schema<?>> children(Schema<?> schema) {
        var children = new ArrayList<Schema<?>>();
        if (schema.getItems() != null) {
            children.add(schema.getItems());
        }
        if (schema.getProperties() != null) {
            schema.getProperties().values().forEach(each -> children.add(each));
        }
        return children;
    }
}
