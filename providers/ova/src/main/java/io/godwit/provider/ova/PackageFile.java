package io.godwit.provider.ova;

import io.godwit.model.disk.ExportSpec;

/// A file of a package.
///
/// @param name relative, without `.` and `..`, its parts joined by `/`
/// @param location how a worker reads it
record PackageFile(String name, long sizeBytes, ExportSpec location) {}
