package io.godwit.model.disk;

import java.util.List;

/// What the converted guest needs of its new machine, in virt-v2v's words.
///
/// @param tool name and version, e.g. `virt-v2v-in-place 2.2.0`
/// @param uefi whether the guest boots by UEFI
/// @param machine `q35`, `i440fx`, `virt`
/// @param blockBus `virtio-blk`, `virtio-scsi`, `ide`
/// @param netBus `virtio-net`, `e1000`, `rtl8139`
/// @param warnings the tool's own warnings, each once
public record ConversionReport(String tool, boolean uefi, String machine, String blockBus, String netBus, boolean virtioRng,
        boolean virtioBalloon, boolean pvpanic, List<String> warnings) {}
