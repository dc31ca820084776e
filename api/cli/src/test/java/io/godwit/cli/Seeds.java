package io.godwit.cli;

import io.godwit.cli.doctor.Ailment;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A test that makes a machine suffer from this.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Seeds {
    Ailment[] value();
}
