package io.godwit.api.rest;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The words that a text can be, for the OpenAPI document. A client should take one that it does not know for a new one.
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
@interface OneOf {
    /// Apart by spaces.
    String value();
}
