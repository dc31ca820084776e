package io.godwit.api.rest;

import io.godwit.api.ServerIdentity;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.util.List;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/// What of the OpenAPI document the controllers do not say themselves: the token, and how every operation fails.
@Configuration(proxyBeanMethods = false)
class OpenApiDocument {
    private static final String TOKEN = "token";

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

    @Bean
    GlobalOpenApiCustomizer problems() {
        return document -> {
            var problem = ModelConverters.getInstance(true).resolveAsResolvedSchema(new AnnotatedType(Problem.class));
            document.getComponents().addSchemas("Problem", problem.schema);
            problem.referencedSchemas.forEach(document.getComponents()::addSchemas);
            var answer = new ApiResponse().description("A problem").content(new Content().addMediaType("application/problem+json",
                    new MediaType().schema(new Schema<>().$ref("#/components/schemas/Problem"))));
            document.getPaths().values().stream().flatMap(path -> path.readOperations().stream())
                    .forEach(operation -> operation.getResponses().addApiResponse("default", answer));
        };
    }
}
