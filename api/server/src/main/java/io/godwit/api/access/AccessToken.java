package io.godwit.api.access;

import io.godwit.api.DataFolder;
import io.godwit.api.ServerFault;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/// The secret that a client has to show. Made at the first start, kept in a file of the owner alone, never logged.
public final class AccessToken {
    private static final String FILE = "token";
    private static final int SHORTEST = 32;
    private static final Set<PosixFilePermission> OWNER_ONLY = Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private final byte[] secret;

    private AccessToken(String secret) {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
    }

    /// The token of that data folder; a file that others could read is refused, for they may have.
    public static AccessToken of(DataFolder data) {
        var stored = data.read(FILE);
        if (stored.isPresent()) {
            requireOwnerOnly(data);
            if (stored.get().length() < SHORTEST) {
                throw new FaultException(ServerFault.TOKEN_FILE_UNSAFE, "cannot use the token in " + data.file(FILE),
                        "it has " + stored.get().length() + " characters, and " + SHORTEST + " are the least");
            }
            return new AccessToken(stored.get());
        }
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        var made = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        data.write(FILE, made + "\n");
        return new AccessToken(made);
    }

    private static void requireOwnerOnly(DataFolder data) {
        var file = data.file(FILE);
        try {
            if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
                throw new FaultException(ServerFault.TOKEN_FILE_UNSAFE, "refused the token in " + file,
                        "others than its owner may use the file");
            }
        } catch (IOException e) {
            throw new FaultException(ServerFault.TOKEN_FILE_UNSAFE, "cannot check the file " + file, e);
        }
    }

    /// Whether that is the token; takes the same time however much of it is right.
    boolean matches(String shown) {
        return MessageDigest.isEqual(secret, shown.getBytes(StandardCharsets.UTF_8));
    }
}
