package io.godwit.model.disk;

/// What reading a target back has proven.
public enum ReadBack {
    /// The bytes came from the device, past the page cache.
    DEVICE,
    /// The file system has no O_DIRECT: the bytes may have come from the page cache, after an fsync.
    PAGE_CACHE,
    /// The bytes came from an NBD server, after it confirmed a flush; how it reads is its own matter.
    SERVER
}
