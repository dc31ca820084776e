package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtInspectorXmlTest {
    @Test
    void tellsSystemsAndFileSystems() {
        var guest = VirtInspectorXml
                .parse("""
                        <?xml version="1.0"?>
                        <operatingsystems>
                          <operatingsystem>
                            <root>/dev/sda1</root><name>linux</name><arch>x86_64</arch><distro>debian</distro><product_name>12.15</product_name>
                            <major_version>12</major_version><minor_version>15</minor_version><hostname>debian12</hostname>
                            <mountpoints><mountpoint dev="/dev/sda1">/</mountpoint></mountpoints>
                            <filesystems><filesystem dev="/dev/sda1"><type>ext4</type><label>root</label><uuid>6f0d</uuid></filesystem></filesystems>
                          </operatingsystem>
                        </operatingsystems>
                        """);

        assertThat(guest.systems())
                .containsExactly(new GuestSystem("/dev/sda1", "linux", "debian", "12.15", 12, 15, "x86_64", "debian12", List.of(), null));
        assertThat(guest.filesystems()).containsExactly(new GuestFilesystem("/dev/sda1", "ext4", "6f0d", "root"));
    }

    @Test
    void readsNoEntitiesThatAGuestMayHaveSmuggledIn() {
        assertThatThrownBy(() -> VirtInspectorXml
                .parse("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><operatingsystems>&b;</operatingsystems>"))
                .hasMessageContaining("INSPECTION_FAILED");
    }
}
