package io.godwit.worker;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// One option or parameter of `godwit copy`, and what a command line says of it. Declared by calls: reading annotations, by reflection, took picocli a sixth of
/// the time of a short copy.
final class CopyOption<T> {
    private final ArgSpec spec;

    /// @param spec of that type of values
    CopyOption(ArgSpec spec) {
        this.spec = spec;
    }

    static CopyOption<String> parameter(int index, String label, String description) {
        return new CopyOption<>(
                PositionalParamSpec.builder().index(Integer.toString(index)).paramLabel(label).type(String.class).arity("1").required(true)
                        .description(description).build());
    }

    static CopyOption<Path> file(String name, String description) {
        return new CopyOption<>(OptionSpec.builder(name).paramLabel("FILE").type(Path.class).description(description).build());
    }

    static CopyOption<Boolean> flag(String name, String description) {
        return new CopyOption<>(OptionSpec.builder(name).type(Boolean.class).defaultValue("false").description(description).build());
    }

    /// @param standard what it is where nothing is said
    static CopyOption<Integer> count(String name, String label, int standard, String description) {
        return new CopyOption<>(OptionSpec.builder(name).paramLabel(label).type(Integer.class).defaultValue(Integer.toString(standard))
                .description(description).build());
    }

    /// @param standard what it is where nothing is said
    static CopyOption<Long> number(String name, String label, long standard, String description) {
        return new CopyOption<>(
                OptionSpec.builder(name).paramLabel(label).type(Long.class).defaultValue(Long.toString(standard)).description(description)
                        .build());
    }

    /// Bytes, or bytes per second.
    static CopyOption<Long> size(String name, String label, String standard, String description) {
        return new CopyOption<>(
                OptionSpec.builder(name).paramLabel(label).type(Long.class).converters(new ByteSize()).defaultValue(standard)
                        .description(description).build());
    }

    void addTo(CommandSpec command) {
        command.add(spec);
    }

    /// `null` = the command line does not say, and nothing is standard.
    @Nullable
    T orNull() {
        return spec.getValue();
    }

    /// What the command line says, or what is standard.
    T get() {
        return Objects.requireNonNull(orNull(), spec.paramLabel());
    }

    boolean given() {
        return orNull() != null;
    }
}
