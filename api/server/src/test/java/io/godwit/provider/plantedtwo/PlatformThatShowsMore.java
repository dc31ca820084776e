package io.godwit.provider.plantedtwo;

public record PlatformThatShowsMore(String session) {}
