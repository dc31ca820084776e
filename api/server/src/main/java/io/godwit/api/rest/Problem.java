package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.godwit.model.fault.Fault;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/// An error as RFC 9457 wants it, with the fault's own fields.
///
/// @param type where this server's catalogue explains the code
/// @param violations what is wrong with the request's fields; only with status 400
/// @param conditions why the plan cannot start; only with code PLAN_NOT_READY
@JsonInclude(JsonInclude.Include.NON_NULL)
record Problem(String type, String title, int status, String detail, @Nullable String instance, String code,
        @OneOf("USER SOURCE DESTINATION GUEST GODWIT") String blame, String what,
        String why, String remedy, boolean retryable, @Nullable List<Violation> violations,
        @Nullable List<PlanViews.ConditionView> conditions) {

    /// @param field path of the field in the request, e.g. `vms[0].targetName`; empty for the request as a whole
    record Violation(String field, String message) {}

    static Problem of(HttpStatus status, Fault fault, @Nullable String instance) {
        var words = fault.code().toLowerCase(Locale.ROOT).replace('_', ' ');
        var title = words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
        return new Problem(FaultPage.addressOf(fault.code()), title, status.value(), fault.what() + ": " + fault.why(), instance,
                fault.code(),
                fault.blame().name(), fault.what(), fault.why(), fault.remedy(), fault.retryable(), null, null);
    }

    Problem withViolations(List<Violation> found) {
        return new Problem(type, title, status, detail, instance, code, blame, what, why, remedy, retryable, found, conditions);
    }

    Problem withConditions(List<PlanViews.ConditionView> found) {
        return new Problem(type, title, status, detail, instance, code, blame, what, why, remedy, retryable, violations, found);
    }
}
