package io.godwit.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CookieScriptTest {
    @Test
    void namesFilesOnlyAndKeepsItsSigns() {
        var script = CookieScript.login(Path.of("/proc/7/fd/8"), Path.of("/proc/7/fd/9"), Path.of("/proc/7/fd/10"));
        assertThat(script).contains("curl --config '/proc/7/fd/8'").contains("read -r at said <'/proc/7/fd/9'").contains("date +%s")
                .contains("printf '%s\\n'").contains("$((at + 30))").contains("tee '/proc/7/fd/10'").doesNotContain("%1$")
                .doesNotContain("%%");
        assertThat(CookieScript.print(Path.of("/proc/7/fd/8"))).contains("cat '/proc/7/fd/8' && forget");
    }
}
