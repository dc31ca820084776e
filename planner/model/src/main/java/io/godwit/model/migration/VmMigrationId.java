package io.godwit.model.migration;

/// Names one VM's way through a migration. It is also the ownership label of everything that way makes on a platform.
public record VmMigrationId(String value) {
    public static VmMigrationId random() {
        return new VmMigrationId(RandomId.next("v"));
    }

    /// Binds a path variable; any text is an id that may not exist.
    public static VmMigrationId from(String value) {
        return new VmMigrationId(value);
    }

    @Override
    public String toString() {
        return value;
    }
}
