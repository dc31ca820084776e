package io.godwit.engine.planted;

import org.springframework.core.env.Environment;

record EngineThatUsesSpring(Environment environment) {}
