package io.godwit.api.rest;

import io.godwit.api.ServerFault;
import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/// The one place where a fault becomes HTTP.
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

    /// What a person did wrong; a code that is not here is a request that was understood and cannot be done: 422.
    private static final Map<String, HttpStatus> OF_USERS = Map.ofEntries(
            Map.entry(ServerFault.REQUEST_INVALID.name(), HttpStatus.BAD_REQUEST),
            Map.entry(ServerFault.TOKEN_MISSING.name(), HttpStatus.UNAUTHORIZED),
            Map.entry(ServerFault.METHOD_NOT_ALLOWED.name(), HttpStatus.METHOD_NOT_ALLOWED),
            Map.entry(ServerFault.NOT_FOUND.name(), HttpStatus.NOT_FOUND),
            Map.entry(EngineFault.PROVIDER_NOT_FOUND.name(), HttpStatus.NOT_FOUND),
            Map.entry(EngineFault.MAPPING_NOT_FOUND.name(), HttpStatus.NOT_FOUND),
            Map.entry(EngineFault.PLAN_NOT_FOUND.name(), HttpStatus.NOT_FOUND),
            Map.entry(EngineFault.LIMIT_NOT_FOUND.name(), HttpStatus.NOT_FOUND),
            Map.entry(EngineFault.MIGRATION_NOT_FOUND.name(), HttpStatus.NOT_FOUND),
            Map.entry(EngineFault.VM_MIGRATION_NOT_FOUND.name(), HttpStatus.NOT_FOUND),
            Map.entry(EngineFault.NAME_TAKEN.name(), HttpStatus.CONFLICT),
            Map.entry(EngineFault.PROVIDER_IN_USE.name(), HttpStatus.CONFLICT),
            Map.entry(EngineFault.MAPPING_IN_USE.name(), HttpStatus.CONFLICT),
            Map.entry(EngineFault.PLAN_IN_USE.name(), HttpStatus.CONFLICT),
            Map.entry(EngineFault.PLAN_ALREADY_RUNNING.name(), HttpStatus.CONFLICT),
            Map.entry(EngineFault.NOTHING_TO_CANCEL.name(), HttpStatus.CONFLICT),
            Map.entry(EngineFault.NOTHING_TO_RETRY.name(), HttpStatus.CONFLICT),
            Map.entry(EngineFault.IDEMPOTENCY_KEY_REUSED.name(), HttpStatus.UNPROCESSABLE_CONTENT),
            Map.entry(EngineFault.PLAN_HAS_FAILED_MIGRATION.name(), HttpStatus.CONFLICT),
            Map.entry(ServerFault.NOTHING_SCHEDULED.name(), HttpStatus.CONFLICT),
            Map.entry(ServerFault.TOO_MANY_STREAMS.name(), HttpStatus.SERVICE_UNAVAILABLE),
            Map.entry(ServerFault.IDEMPOTENCY_KEY_INVALID.name(), HttpStatus.BAD_REQUEST),
            Map.entry(ServerFault.IDEMPOTENCY_KEY_IN_USE.name(), HttpStatus.CONFLICT));

    static HttpStatus statusOf(Fault fault) {
        return switch (fault.blame()) {
            case USER -> OF_USERS.getOrDefault(fault.code(), HttpStatus.UNPROCESSABLE_CONTENT);
            case GUEST -> HttpStatus.UNPROCESSABLE_CONTENT;
            case SOURCE, DESTINATION -> HttpStatus.BAD_GATEWAY;
            case GODWIT -> fault.retryable() ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.INTERNAL_SERVER_ERROR;
        };
    }

    @ExceptionHandler
    ResponseEntity<Object> fault(FaultException thrown, WebRequest request) {
        var status = statusOf(thrown.fault());
        if (thrown.fault().blame() == Blame.GODWIT) {
            LOG.error("{} failed", request.getDescription(false), thrown);
        } else if (status.is5xxServerError()) {
            LOG.warn("{} failed: {}", request.getDescription(false), thrown.fault());
        }
        return answer(Problem.of(status, thrown.fault(), instance(request)));
    }

    @ExceptionHandler
    ResponseEntity<Object> planNotReady(PlanNotReadyException thrown, WebRequest request) {
        return answer(Problem.of(HttpStatus.UNPROCESSABLE_CONTENT, thrown.fault(), instance(request)).withConditions(thrown.conditions()));
    }

    @ExceptionHandler
    ResponseEntity<Object> requestInvalid(RequestInvalidException thrown, WebRequest request) {
        return refuse(thrown.violations(), request);
    }

    @ExceptionHandler
    ResponseEntity<Object> unforeseen(Exception thrown, WebRequest request) {
        LOG.error("{} failed", request.getDescription(false), thrown);
        var fault = Fault.of(ServerFault.INTERNAL_ERROR, request.getDescription(false) + " failed", thrown);
        return answer(Problem.of(HttpStatus.INTERNAL_SERVER_ERROR, fault, instance(request)));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleMethodArgumentNotValid(MethodArgumentNotValidException thrown, HttpHeaders headers,
            HttpStatusCode status, WebRequest request) {
        return refuse(thrown.getBindingResult().getFieldErrors().stream()
                .map(error -> new Problem.Violation(error.getField(), String.valueOf(error.getDefaultMessage()))).toList(), request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(HttpMessageNotReadableException thrown, HttpHeaders headers,
            HttpStatusCode status, WebRequest request) {
        return refuse(List.of(switch (thrown.getCause()) {
            case UnrecognizedPropertyException unknown -> new Problem.Violation(path(unknown), "there is no such field");
            case JacksonException unreadable -> new Problem.Violation(path(unreadable), unreadable.getOriginalMessage());
            case null, default -> new Problem.Violation("", "the request has no readable body");
        }), request);
    }

    /// All else that Spring itself refuses: no such path, method, media type, parameter.
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(Exception thrown, @Nullable Object body, HttpHeaders headers,
            HttpStatusCode status, WebRequest request) {
        var what = request instanceof ServletWebRequest web
                ? web.getHttpMethod() + " " + web.getRequest().getRequestURI() + " was refused"
                : "the request was refused";
        var code = switch (status.value()) {
            case 404 -> ServerFault.NOT_FOUND;
            case 405 -> ServerFault.METHOD_NOT_ALLOWED;
            default -> status.is4xxClientError() ? ServerFault.REQUEST_INVALID : ServerFault.INTERNAL_ERROR;
        };
        var resolved = HttpStatus.valueOf(status.value());
        return ResponseEntity.status(resolved).headers(headers).contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problem.of(resolved, Fault.of(code, what, thrown), instance(request)));
    }

    private static ResponseEntity<Object> refuse(List<Problem.Violation> violations, WebRequest request) {
        var why = violations.stream().map(one -> one.field().isEmpty() ? one.message() : one.field() + ": " + one.message())
                .collect(Collectors.joining("; "));
        var fault = Fault.of(ServerFault.REQUEST_INVALID, "the request was refused", why);
        return answer(Problem.of(HttpStatus.BAD_REQUEST, fault, instance(request)).withViolations(violations));
    }

    private static ResponseEntity<Object> answer(Problem problem) {
        return ResponseEntity.status(problem.status()).contentType(MediaType.APPLICATION_PROBLEM_JSON).body(problem);
    }

    private static @Nullable String instance(WebRequest request) {
        return request instanceof ServletWebRequest web ? web.getRequest().getRequestURI() : null;
    }

    private static String path(JacksonException unreadable) {
        var path = new StringBuilder();
        for (var step : unreadable.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.toString();
    }
}
