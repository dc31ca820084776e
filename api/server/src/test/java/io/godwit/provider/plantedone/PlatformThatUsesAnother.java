package io.godwit.provider.plantedone;

import io.godwit.provider.plantedtwo.PlatformThatShowsMore;

record PlatformThatUsesAnother(PlatformThatShowsMore other) {}
