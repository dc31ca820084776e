package io.godwit.store;

/// What differs between the databases.
enum Dialect {
    HSQLDB("longvarchar", "org.quartz.impl.jdbcjobstore.HSQLDBDelegate"), POSTGRESQL("text",
            "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");

    private final String textType;
    private final String quartzDelegate;

    Dialect(String textType, String quartzDelegate) {
        this.textType = textType;
        this.quartzDelegate = quartzDelegate;
    }

    /// Texts without a limit.
    String textType() {
        return textType;
    }

    String quartzDelegate() {
        return quartzDelegate;
    }

    /// The folder of its own migrations.
    String folder() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
