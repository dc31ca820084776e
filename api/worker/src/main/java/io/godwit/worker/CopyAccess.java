package io.godwit.worker;

import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.SshAccess;
import io.godwit.model.disk.TlsTrust;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The options of `godwit copy` that say who reads SOURCE and whom he trusts. Secrets come by files that nobody else may read.
final class CopyAccess {
    private static final String PASSWORD = "password";
    private static final String COOKIE = "cookie";
    private static final String KEY = "key";

    private final CopyOption<Path> passwordFile = CopyOption.file("--password-file",
            "https, ssh: the password of the user that SOURCE names, in a file that nobody else may read.");
    private final CopyOption<Path> cookieFile = CopyOption.file("--cookie-file",
            "https: the cookie of an open session, NAME=VALUE, in a file that nobody else may read.");
    private final CopyOption<Path> headerFile = CopyOption.file("--header-file",
            "https: headers such as a token, NAME: VALUE per line, in a file that nobody else may read.");
    private final CopyOption<Path> caFile = CopyOption.file("--ca-file",
            "https: trust these certificates (PEM) and those that they signed, instead of the machine's authorities.");
    private final CopyOption<Boolean> anyCertificate = CopyOption.flag("--any-certificate",
            "https: trust any certificate. Who can reach into the connection can then read and change the disk.");
    private final CopyOption<Path> identity = CopyOption.file("--identity",
            "ssh: a private key without passphrase, in a file that nobody else may read (default: your keys in ~/.ssh).");
    private final CopyOption<Path> knownHosts = CopyOption.file("--known-hosts",
            "ssh: the keys of servers (default: ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts). A server that is not in it is not read from.");
    private final CopyOption<Map<String, Path>> secretFiles = new CopyOption<>(
            OptionSpec.builder("--secret").paramLabel("NAME=FILE").type(Map.class).auxiliaryTypes(String.class, Path.class)
                    .description("export: a secret that the export names, in a file that nobody else may read. Once for each.").build());

    private final Map<String, String> secrets = new HashMap<>();

    void addTo(CommandSpec command) {
        List.of(passwordFile, cookieFile, headerFile, caFile, anyCertificate, identity, knownHosts, secretFiles)
                .forEach(option -> option.addTo(command));
    }

    /// A secret that was read for [#http(String)] or [#ssh()].
    @Nullable
    String secret(String name) {
        return secrets.get(name);
    }

    /// @throws FaultException when an option was given that such a source has no use for
    void requireFitting(String scheme) {
        var given = new TreeMap<String, Boolean>();
        boolean https = scheme.equals("https");
        boolean ssh = scheme.equals("ssh");
        given.put("--password-file", passwordFile.given() && !https && !ssh);
        given.put("--cookie-file", cookieFile.given() && !https);
        given.put("--header-file", headerFile.given() && !https);
        given.put("--ca-file", caFile.given() && !https);
        given.put("--any-certificate", anyCertificate.get() && !https);
        given.put("--identity", identity.given() && !ssh);
        given.put("--known-hosts", knownHosts.given() && !ssh);
        given.put("--secret", secretFiles.given() && !scheme.equals("export"));
        given.forEach((option, wrong) -> {
            if (wrong) {
                throw unusable(option + " was given", "it is of no use for a source that is " + scheme);
            }
        });
    }

    /// Reads the files of [#secretFiles].
    void readSecrets() {
        var files = secretFiles.orNull();
        if (files == null) {
            return;
        }
        files.forEach((name, file) -> secrets.put(name, readSecret(file, "--secret " + name)));
    }

    TlsTrust trust() {
        if (anyCertificate.get()) {
            if (caFile.given()) {
                throw unusable("--any-certificate was given", "--ca-file says the opposite");
            }
            return new TlsTrust.Unverified();
        }
        return !caFile.given() ? new TlsTrust.Machine() : new TlsTrust.Certificates(read(caFile.get(), "--ca-file"));
    }

    /// @param user of the address; `null` = it names none
    HttpAccess http(@Nullable String user) {
        boolean cookie = cookieFile.given();
        boolean headers = headerFile.given();
        if ((user != null ? 1 : 0) + (cookie ? 1 : 0) + (headers ? 1 : 0) > 1) {
            throw unusable("a user of SOURCE, --cookie-file and --header-file were given together",
                    "they are three ways to log in: use one");
        }
        if (user != null) {
            secrets.put(PASSWORD, readSecret(required(passwordFile.orNull(), "--password-file", user), "--password-file"));
            return new HttpAccess.Basic(user, PASSWORD);
        }
        if (passwordFile.given()) {
            throw unusable("--password-file was given", "SOURCE names no user: https://USER@HOST/PATH");
        }
        if (cookieFile.given()) {
            secrets.put(COOKIE, readSecret(cookieFile.get(), "--cookie-file"));
            return new HttpAccess.Cookie(COOKIE);
        }
        return !headerFile.given() ? new HttpAccess.Anyone() : headers(readSecret(headerFile.get(), "--header-file"));
    }

    private HttpAccess headers(String lines) {
        var names = new TreeMap<String, String>();
        lines.lines().filter(line -> !line.isBlank()).forEach(line -> {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw unusable("--header-file was given", "one of its lines is no NAME: VALUE");
            }
            var name = line.substring(0, colon).strip();
            secrets.put("header-" + name, line.substring(colon + 1).strip());
            names.put(name, "header-" + name);
        });
        return new HttpAccess.Headers(names);
    }

    SshAccess ssh() {
        if (passwordFile.given() && identity.given()) {
            throw unusable("--password-file and --identity were given together", "they are two ways to log in: use one");
        }
        if (passwordFile.given()) {
            secrets.put(PASSWORD, readSecret(passwordFile.get(), "--password-file"));
            return new SshAccess.Password(PASSWORD);
        }
        if (identity.given()) {
            secrets.put(KEY, readSecret(identity.get(), "--identity"));
            return new SshAccess.Key(KEY);
        }
        return new SshAccess.OwnKeys();
    }

    String knownHosts() {
        if (knownHosts.given()) {
            return read(knownHosts.get(), "--known-hosts");
        }
        var lines = new StringBuilder();
        for (var file : List.of(Path.of(System.getProperty("user.home", "/"), ".ssh", "known_hosts"),
                Path.of("/etc/ssh/ssh_known_hosts"))) {
            if (Files.isReadable(file)) {
                lines.append(read(file, "known hosts")).append('\n');
            }
        }
        return lines.toString();
    }

    private static Path required(@Nullable Path file, String option, String user) {
        if (file == null) {
            throw unusable("SOURCE names the user " + user, option + " is missing");
        }
        return file;
    }

    private static String readSecret(Path file, String option) {
        try {
            if (Files.isRegularFile(file)) { // anything else is a pipe, such as a shell's <(command)
                var others = Files.getPosixFilePermissions(file);
                others.removeAll(
                        Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE));
                if (!others.isEmpty()) {
                    throw new FaultException(WorkerFault.COPY_SECRET_EXPOSED, option + " " + file + " was not read",
                            "others may do this with it: " + others);
                }
            }
        } catch (IOException e) {
            throw new FaultException(WorkerFault.COPY_SOURCE_UNUSABLE, option + " " + file + " cannot be read", e);
        }
        return read(file, option);
    }

    private static String read(Path file, String option) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new FaultException(WorkerFault.COPY_SOURCE_UNUSABLE, option + " " + file + " cannot be read", e);
        }
    }

    static FaultException unusable(String what, String why) {
        return new FaultException(WorkerFault.COPY_SOURCE_UNUSABLE, what, why);
    }
}
