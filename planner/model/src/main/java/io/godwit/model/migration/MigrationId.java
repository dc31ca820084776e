package io.godwit.model.migration;

/// Names one start of a plan.
public record MigrationId(String value) {
    public static MigrationId random() {
        return new MigrationId(RandomId.next("m"));
    }

    /// Binds a path variable; any text is an id that may not exist.
    public static MigrationId from(String value) {
        return new MigrationId(value);
    }

    @Override
    public String toString() {
        return value;
    }
}
