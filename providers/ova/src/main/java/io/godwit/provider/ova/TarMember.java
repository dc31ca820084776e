package io.godwit.provider.ova;

/// A plain file in a tar.
///
/// @param name relative, without `.` and `..`, its parts joined by `/`
/// @param offset where its bytes begin in the tar
record TarMember(String name, long offset, long sizeBytes) {}
