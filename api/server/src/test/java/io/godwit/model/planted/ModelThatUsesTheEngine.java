package io.godwit.model.planted;

import io.godwit.engine.fault.EngineFault;

public record ModelThatUsesTheEngine(EngineFault fault) {}
