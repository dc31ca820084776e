package io.godwit.cli.text;

import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/// JSON trees as YAML. Loaded only when somebody asks for it.
public final class Yaml {
    private Yaml() {}

    /// Texts in quotes, so that no reader takes one for a number, a time or a truth.
    public static String write(JsonNode node) {
        return YAMLMapper.builder().disable(YAMLWriteFeature.WRITE_DOC_START_MARKER).disable(YAMLWriteFeature.SPLIT_LINES).build()
                .writeValueAsString(node);
    }
}
