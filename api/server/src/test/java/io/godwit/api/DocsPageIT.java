package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.api.contract.OpenApiContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page of the REST document, as a person uses it, in a real browser against a real server.
class DocsPageIT {
    private static final String LIST = "#operations-providers-providers_list ";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void showsEveryOperationAndCallsThemWithTheTokenThatOneTypes() throws IOException {
        try (var server = InProcessServer.start(folder); var browser = new Browser(Files.createDirectory(folder.resolve("browser")))) {
            server.client().register("shown", "web");
            var url = server.client().url();
            browser.open(url + "/docs");
            var document = server.client().get(OpenApiContract.PATH).requireStatus(200).json();
            long operations = document.path("paths").valueStream().mapToLong(path -> path.size()).sum();
            browser.awaitTrue("document.querySelectorAll('.opblock').length === " + operations);
            assertThat(browser.evaluate("document.body.innerText").asString()).contains("Godwit", "/api/v1/plans/{id}/start",
                    "Whether the server is there; needs no token");

            browser.click(LIST + ".opblock-summary-control");
            browser.click(LIST + ".try-out__btn");
            browser.click(LIST + ".execute");
            browser.awaitTrue("document.querySelector('" + LIST + ".live-responses-table')");
            assertThat(answer(browser)).contains("401", "TOKEN_MISSING");

            browser.click(".auth-wrapper .authorize");
            browser.type(".modal-ux input", server.client().token());
            browser.click(".modal-ux .auth-btn-wrapper .authorize");
            browser.click(".modal-ux .btn-done");
            browser.click(LIST + ".execute");
            browser.awaitTrue("document.querySelector('" + LIST + ".live-responses-table').innerText.includes('shown-from')");
            assertThat(answer(browser)).contains("200").doesNotContain("TOKEN_MISSING");

            assertThat(browser.evaluate("performance.getEntriesByType('resource').map(each => each.name)").valueStream()
                    .map(each -> each.asString())).isNotEmpty().allMatch(name -> name.startsWith(url) || name.startsWith("data:"));
            assertThat(browser.evaluate("complaints").valueStream()).isEmpty();
            Files.write(Path.of("target/docs-page.png"), browser.screenshot());
        }
    }

    private static String answer(Browser browser) {
        return browser.evaluate("document.querySelector('" + LIST + ".live-responses-table').innerText").asString();
    }
}
