package io.godwit.api;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/// The control plane.
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties(ServerSettings.class)
public class GodwitServer {
    public static void main(String[] args) {
        SpringApplication.run(GodwitServer.class, args);
    }
}
