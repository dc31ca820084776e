package io.godwit.cli.watch;

/// Shows a migration again and again.
public interface Progress {
    void show(MigrationView migration);

    /// Says something beside it, e.g. that the server does not answer; an empty text takes it back.
    void remark(String text);

    /// Nothing more is shown; what follows is printed below.
    void end();
}
