package io.godwit.model.disk;

/// Which certificate a server may have. Its name is checked wherever the certificate is.
public sealed interface TlsTrust {
    /// One that an authority of the worker's machine signed.
    record Machine() implements TlsTrust {}

    /// One that is among these, or that one of them signed; nothing else.
    ///
    /// @param pem certificates as PEM text, no keys
    record Certificates(String pem) implements TlsTrust {
        public Certificates {
            if (!pem.contains("-----BEGIN CERTIFICATE-----") || pem.contains("PRIVATE KEY-----")) {
                throw new IllegalArgumentException("no certificates in PEM, or keys among them");
            }
        }
    }

    /// Any: who can reach into the connection can read it and change the disk. Only for who said so.
    record Unverified() implements TlsTrust {}
}
