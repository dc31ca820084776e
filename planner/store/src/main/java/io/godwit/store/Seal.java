package io.godwit.store;

import static io.godwit.store.StoreFault.STORE_SECRET_DAMAGED;

import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Seals secrets for the database by AES-256-GCM, each under a nonce of its own and bound to its place: moved to another row it does not open.
final class Seal {
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final String FORM = "1:";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    Seal(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
    }

    /// @param place names the row
    String seal(String place, String secret) {
        var nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            var sealed = cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(secret.getBytes(StandardCharsets.UTF_8));
            return FORM
                    + Base64.getEncoder().encodeToString(ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + CIPHER, e);
        }
    }

    /// @throws FaultException `STORE_SECRET_DAMAGED` when it was sealed by another key or for another place, or was changed
    String open(String place, String sealed) {
        try {
            if (sealed.startsWith(FORM)) {
                var bytes = ByteBuffer.wrap(Base64.getDecoder().decode(sealed.substring(FORM.length())));
                var nonce = new byte[NONCE_BYTES];
                if (bytes.remaining() > nonce.length) {
                    bytes.get(nonce);
                    var rest = new byte[bytes.remaining()];
                    bytes.get(rest);
                    return new String(cipher(Cipher.DECRYPT_MODE, nonce, place).doFinal(rest), StandardCharsets.UTF_8);
                }
            }
            throw damaged(place, "it is not in the form of a sealed one");
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw damaged(place, "it was sealed by another key or for another row, or was changed");
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String place) throws GeneralSecurityException {
        var cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static FaultException damaged(String place, String why) {
        return new FaultException(STORE_SECRET_DAMAGED, "the secret " + place + " in the database cannot be opened", why);
    }
}
