package io.godwit.model.planted;

public record DiskHelper(String disk) {}
