package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.fault.EngineFault;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

@RestTest
class FaultPageTest {
    @Autowired
    private MockMvcTester http;

    @Test
    void theTypeOfAProblemLeadsToItsEntry() {
        assertThat(FaultPage.addressOf(EngineFault.NAME_TAKEN.name())).isEqualTo("/faults#name_taken");
        assertThat(http.get().uri("/faults")).hasStatusOk().hasContentType("text/html;charset=UTF-8").bodyText()
                .contains("<h3 id=\"name_taken\">NAME_TAKEN</h3>\n<p>\n" + EngineFault.NAME_TAKEN.entry().meaning(),
                        "<b>remedy</b>: " + EngineFault.NAME_TAKEN.entry().remedy() + "<br>", "<code>godwit explain CODE</code>");
    }
}
