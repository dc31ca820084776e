package io.godwit.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;

/// A whole server in this JVM on a data folder, that can be ended and started again.
record InProcessServer(ConfigurableApplicationContext context, Client client) implements AutoCloseable {
    /// What the test framework leaves out by itself.
    private static final class NoTestConfigurations extends TypeExcludeFilter {
        @Override
        public boolean match(MetadataReader type, MetadataReaderFactory factory) {
            return type.getAnnotationMetadata().isAnnotated(TestConfiguration.class.getName());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof NoTestConfigurations;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    static InProcessServer start(Path folder, String... settings) {
        var all = new ArrayList<>(List.of("--godwit.data=" + folder.resolve("state"), "--godwit.runtime-directory=" + folder.resolve("run"),
                "--godwit.port=0"));
        all.addAll(List.of(settings));
        var context = new SpringApplicationBuilder(GodwitServer.class).initializers(
                starting -> starting.getBeanFactory().registerSingleton("noTestConfigurations", new NoTestConfigurations()))
                .run(all.toArray(new String[0]));
        try {
            return new InProcessServer(context, new Client("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"),
                    Files.readString(folder.resolve("state/token")).strip()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As a process of its own.
    public static void main(String[] args) {
        var _ = start(Path.of(args[0]), Arrays.copyOfRange(args, 1, args.length));
    }

    @Override
    public void close() {
        context.close();
    }
}
