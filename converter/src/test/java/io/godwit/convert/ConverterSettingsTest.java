package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConverterSettingsTest {
    @Test
    void areTheDefaultsWhereNothingIsSet() {
        assertThat(ConverterSettings.of(Map.of("java.home", "/x"))).isEqualTo(ConverterSettings.DEFAULT);
    }

    @Test
    void areReadByName() {
        var settings = ConverterSettings
                .of(Map.of("godwit.converter", "fake", "godwit.converter.step.limit", "PT5M", "godwit.converter.libguestfs.jar",
                        "/opt/libguestfs.jar", "godwit.converter.memory.mib", "1024"));

        assertThat(settings.converter()).isEqualTo("fake");
        assertThat(settings.stepLimit()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.libguestfsJar()).isEqualTo(Path.of("/opt/libguestfs.jar"));
        assertThat(settings.memoryBytes()).isEqualTo(1L << 30);
    }

    @Test
    void areRefusedByNameWhenTheyCannotBeRead() {
        assertThatThrownBy(() -> ConverterSettings.of(Map.of("godwit.converter.step.limit", "five minutes")))
                .hasMessageContaining("CONVERTER_SETTING_INVALID").hasMessageContaining("godwit.converter.step.limit");
    }

    @Test
    void nameAConverterThatExists() {
        assertThat(GuestConverterFactory.named("virt-v2v")).isInstanceOf(VirtV2vFactory.class);
        assertThatThrownBy(() -> GuestConverterFactory.named("alchemy")).hasMessageContaining("CONVERTER_UNKNOWN")
                .hasMessageContaining("virt-v2v");
    }
}
