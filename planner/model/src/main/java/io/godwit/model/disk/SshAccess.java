package io.godwit.model.disk;

/// How a user proves to an SSH server who it is. `keyboard-interactive` is not among it: the tool has no such thing.
public sealed interface SshAccess {
    /// A password.
    ///
    /// @param secret name of the secret with it
    record Password(String secret) implements SshAccess {
        public Password {
            Texts.requireWord("secret", secret);
        }
    }

    /// A private key without a passphrase.
    ///
    /// @param secret name of the secret with the key's file
    record Key(String secret) implements SshAccess {
        public Key {
            Texts.requireWord("secret", secret);
        }
    }

    /// The keys that the worker's own user has: `~/.ssh/id_ed25519`, `id_ecdsa`, `id_rsa`. They are tried under the other forms too.
    record OwnKeys() implements SshAccess {}
}
