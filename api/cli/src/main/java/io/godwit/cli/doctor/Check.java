package io.godwit.cli.doctor;

import java.io.IOException;
import java.util.List;

/// One part of what the doctor looks at. Changes nothing.
@FunctionalInterface
interface Check {
    List<Finding> examine() throws IOException, InterruptedException;
}
