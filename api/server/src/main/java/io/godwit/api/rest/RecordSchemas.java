package io.godwit.api.rest;

import com.fasterxml.jackson.databind.JavaType;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.core.util.Json;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Says in the schema of a record what its type says: a component that is not nullable is always there, and which words a text can be.
@Component
final class RecordSchemas implements ModelConverter {
    @Override
    public @Nullable Schema<?> resolve(AnnotatedType type, ModelConverterContext context, Iterator<ModelConverter> chain) {
        Schema<?> resolved = chain.hasNext() ? chain.next().resolve(type, context, chain) : null;
        if (resolved != null && type.getType() != null) {
            JavaType java = Json.mapper().constructType(type.getType());
            var named = resolved.get$ref() == null
                    ? resolved
                    : context.getDefinedModels().get(resolved.get$ref().substring(resolved.get$ref().lastIndexOf('/') + 1));
            if (java.getRawClass().isRecord() && named != null && named.getProperties() != null) {
                describe(named, java.getRawClass());
            }
        }
        return resolved;
    }

    private static void describe(Schema<?> schema, Class<?> type) {
        var required = new ArrayList<>(schema.getRequired() == null ? List.of() : schema.getRequired());
        for (RecordComponent component : type.getRecordComponents()) {
            var name = component.getName();
            Schema<?> property = schema.getProperties().get(name);
            if (property == null) {
                continue;
            }
            var words = component.getAnnotation(OneOf.class);
            if (words != null) {
                setWords(property, words.value());
            }
            if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class) && !required.contains(name)) {
                required.add(name);
            }
        }
        schema.setRequired(required.isEmpty() ? null : required);
    }

    @SuppressWarnings("unchecked") // a text's schema is of texts
    private static void setWords(Schema<?> text, String words) {
        ((Schema<Object>) text).setEnum(List.of((Object[]) words.split(" ", -1)));
    }
}
