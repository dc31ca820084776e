package io.godwit.api.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// That the check of all answers can fail, in each way.
class OpenApiContractTest {
    private static final String PROBLEM = """
            {"type":"/faults#x","status":404}""";
    private final OpenApiContract contract = OpenApiContract
            .of("""
                    {"paths":{"/things/{id}":{"get":{"responses":{
                      "200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}}}},
                      "204":{"description":"none"},
                      "default":{"$ref":"#/components/responses/Problem"}}},
                      "post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}}}}}}},
                     "components":{
                      "responses":{"Problem":{"content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}},
                      "schemas":{
                       "Problem":{"type":"object","properties":{"type":{"type":"string"},"status":{"type":"integer"}},"required":["type","status"]},
                       "EndEvent":{"type":"object","properties":{"phase":{"type":"string","enum":["Failed"]}},"required":["phase"]},
                       "Thing":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"at":{"type":"string","format":"date-time"},
                        "parts":{"type":"array","items":{"$ref":"#/components/schemas/Part"}},"labels":{"type":"object","additionalProperties":{"type":"string"}}}},
                       "Part":{"type":"object","properties":{"kind":{"type":"string","enum":["bolt","nut"]},"size":{"type":"integer"}}}}}}""");

    private void thing(String body) {
        contract.requireAnswer("GET", "/things/1?all=true", 200, "application/json;charset=UTF-8", body);
    }

    @Test
    void letsPassWhatIsDescribed() {
        thing("""
                {"name":"a","at":"2026-01-02T03:04:05.000000001Z","parts":[{"kind":"bolt","size":3}],"labels":{"any":"label"}}""");
        contract.requireAnswer("GET", "/things/1", 204, null, "");
        contract.requireAnswer("GET", "/things/1", 404, "application/problem+json", PROBLEM);
        contract.requireAnswer("PATCH", "/things/1", 405, "application/problem+json", PROBLEM);
        contract.requireAnswer("GET", "/nothing", 404, "application/problem+json", PROBLEM);
        contract.requireRequest("POST", "/things/1", "{\"name\":\"a\"}");
        contract.requireEvent("end", "{\"phase\":\"Failed\"}");
    }

    @Test
    void refusesJsonThatIsOfAnotherForm() {
        refuses(() -> thing("{}"), "name");
        refuses(() -> thing("{\"name\":null}"), "name");
        refuses(() -> thing("{\"name\":\"a\",\"colour\":\"red\"}"), "colour");
        refuses(() -> thing("{\"name\":\"a\",\"at\":\"yesterday\"}"), "at");
        refuses(() -> thing("{\"name\":\"a\",\"parts\":[{\"kind\":\"nail\"}]}"), "kind");
        refuses(() -> thing("{\"name\":\"a\",\"parts\":[{\"size\":\"3\"}]}"), "size");
        refuses(() -> thing("{\"name\":\"a\",\"parts\":[{\"weight\":3}]}"), "weight");
        refuses(() -> thing("{\"name\":\"a\",\"labels\":{\"any\":1}}"), "labels");
        refuses(() -> thing("<html>"), "no JSON");
    }

    @Test
    void refusesAnswersOfAnotherKind() {
        refuses(() -> contract.requireAnswer("GET", "/things/1", 202, "application/json", "{\"name\":\"a\"}"), "not described");
        refuses(() -> contract.requireAnswer("GET", "/things/1", 200, "text/plain", "a"), "text/plain");
        refuses(() -> contract.requireAnswer("GET", "/things/1", 200, null, ""), "''");
        refuses(() -> contract.requireAnswer("GET", "/things/1", 204, null, "a"), "with a body");
        refuses(() -> contract.requireAnswer("GET", "/things/1", 500, "text/html", "<html>"), "text/html");
        refuses(() -> contract.requireAnswer("GET", "/things/1", 404, "application/problem+json", "{\"type\":\"x\"}"), "status");
        refuses(() -> contract.requireAnswer("GET", "/things", 200, "application/json", "{}"), "not described");
        refuses(() -> contract.requireAnswer("GET", "/things/1/2", 200, "application/json", "{}"), "not described");
        refuses(() -> contract.requireAnswer("DELETE", "/things/1", 204, null, ""), "not described");
        refuses(() -> contract.requireAnswer("GET", "/nothing", 404, "text/html", "<html>"), "text/html");
    }

    @Test
    void refusesRequestsAndEventsThatAreNotDescribed() {
        refuses(() -> contract.requireRequest("POST", "/things/1", "{\"name\":1}"), "name");
        refuses(() -> contract.requireRequest("PUT", "/things/1", "{}"), "not described");
        refuses(() -> contract.requireEvent("end", "{\"phase\":\"Over\"}"), "phase");
        refuses(() -> contract.requireEvent("News", "{}"), "News");
    }

    private static void refuses(Runnable check, String why) {
        assertThatThrownBy(check::run).isInstanceOf(AssertionError.class).hasMessageContaining(why);
    }
}
