package io.godwit.cli.rest;

import io.godwit.cli.text.Text;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One thing that went wrong, as the server told it (RFC 9457, with Godwit's members) or as the command line found it itself.
///
/// @param code the kind of fault, empty where there is none
/// @param blame who has to act, empty where nobody said
/// @param details one line each: invalid fields, conditions of a plan
public record Problem(String code, String blame, boolean retryable, String what, String why, String remedy, List<String> details) {
    public static Problem of(String code, String what, String why, String remedy) {
        return new Problem(code, "", false, what, why, remedy, List.of());
    }

    /// Reads a problem document, or a `fault` inside another answer.
    public static Problem read(JsonNode node) {
        var title = node.path("title").asString("");
        var what = node.path("what").asString(title);
        var why = node.path("why").asString(node.path("detail").asString(""));
        var violations = list(node.path("violations"))
                .map(each -> each.path("field").asString("?") + ": " + each.path("message").asString(""));
        var conditions = list(node.path("conditions")).map(each -> each.path("category").asString("") + ": "
                + each.path("message").asString("") + suffix(each.path("suggestion").asString("")));
        return new Problem(node.path("code").asString(""), node.path("blame").asString(""), node.path("retryable").asBoolean(false), what,
                why,
                node.path("remedy").asString(""), Stream.concat(violations, conditions).toList());
    }

    public static @Nullable Problem readIfPresent(JsonNode node) {
        return node.isObject() ? read(node) : null;
    }

    private static Stream<JsonNode> list(JsonNode node) {
        return node.isArray() ? node.valueStream() : Stream.empty();
    }

    private static String suffix(String remedy) {
        return remedy.isBlank() ? "" : " (" + remedy + ")";
    }

    /// What a person reads; parts that are empty, or that say the same again, are left out.
    public void print(PrintWriter out, String prefix) {
        out.println(Text.printable(prefix + what));
        if (!why.isBlank() && !why.equals(what)) {
            out.println("  why:    " + Text.printable(why));
        }
        details.forEach(each -> out.println("          " + Text.printable(each)));
        if (!remedy.isBlank()) {
            out.println("  remedy: " + Text.printable(remedy));
        }
        if (!code.isBlank()) {
            var about = blame.isBlank() ? "" : " (" + blame + (retryable ? ", may pass by itself" : "") + ")";
            out.println("  code:   " + code + about);
        }
        out.flush();
    }
}
