package io.godwit.api.rest;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/// docs/reference/faults.md, which the build puts beside this class, as a page that the `type` of a [Problem] leads into.
@RestController
@Tag(name = "server")
class FaultPage {
    private static final String PATH = "/faults";
    private final String html;

    FaultPage() throws IOException {
        try (var in = Objects.requireNonNull(FaultPage.class.getResourceAsStream("faults.md"), "the build left out faults.md")) {
            html = html(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static String addressOf(String code) {
        return PATH + "#" + code.toLowerCase(Locale.ROOT);
    }

    @Operation(summary = "The catalogue of faults, as a page: where the type of a problem leads to; needs no token")
    @SecurityRequirements
    @GetMapping(path = PATH, produces = "text/html;charset=UTF-8")
    String page() {
        return html;
    }

    /// Of the few forms that the page has: headings, rows of a table, items and paragraphs.
    private static String html(String page) {
        return page.lines().map(FaultPage::line)
                .collect(Collectors.joining("\n",
                        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Faults of Godwit</title>\n", "</html>\n"));
    }

    private static String line(String line) {
        var text = HtmlUtils.htmlEscape(line, "UTF-8").replaceAll("`([^`]*)`", "<code>$1</code>").replaceAll("\\*\\*(.*?)\\*\\*",
                "<b>$1</b>");
        int level = (int) line.chars().takeWhile(each -> each == '#').count();
        if (level > 0) {
            var title = text.substring(level).strip();
            return "<h" + level + " id=\"" + title.toLowerCase(Locale.ROOT) + "\">" + title + "</h" + level + ">";
        }
        if (text.startsWith("- ")) {
            return text.substring(2) + "<br>";
        }
        if (text.startsWith("|---")) {
            return "";
        }
        return text.startsWith("| ") ? text.substring(2, text.length() - 2).replace(" | ", ": ") + "<br>" : text.isEmpty() ? "<p>" : text;
    }
}
