package io.godwit.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/// Lets everybody in, says its version, and that everything that it is told was done ("Frontend/Backend Protocol" of PostgreSQL's documentation).
final class OldPostgreSql implements AutoCloseable {
    private static final int ENCRYPTION_WANTED = 80_877_103; // and that of GSSAPI, one above
    private final ServerSocket socket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    private final String version;

    OldPostgreSql(String version) throws IOException {
        this.version = version;
        Thread.ofVirtual().start(this::serve);
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + socket.getLocalPort() + "/godwit";
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (var client = socket.accept()) {
                talk(client);
            } catch (IOException e) {
                // the client left, or the test is over
            }
        }
    }

    private void talk(Socket client) throws IOException {
        var in = new DataInputStream(client.getInputStream());
        var out = new DataOutputStream(client.getOutputStream());
        int length = in.readInt();
        int code = in.readInt();
        while (code == ENCRYPTION_WANTED || code == ENCRYPTION_WANTED + 1) {
            out.writeByte('N');
            length = in.readInt();
            code = in.readInt();
        }
        in.skipNBytes(length - 8);
        say(out, 'R', new byte[4]);
        for (var setting : new String[]{"server_version\0" + version, "client_encoding\0UTF8", "DateStyle\0ISO", "integer_datetimes\0on",
                "standard_conforming_strings\0on"}) {
            say(out, 'S', (setting + "\0").getBytes(US_ASCII));
        }
        say(out, 'K', new byte[8]);
        say(out, 'Z', new byte[]{'I'});
        for (int type = in.read(); type >= 0 && type != 'X'; type = in.read()) {
            in.skipNBytes(in.readInt() - 4);
            switch (type) {
                case 'P' -> say(out, '1', new byte[0]);
                case 'B' -> say(out, '2', new byte[0]);
                case 'D' -> say(out, 'n', new byte[0]);
                case 'E' -> say(out, 'C', "SET\0".getBytes(US_ASCII));
                case 'Q' -> {
                    say(out, 'C', "SET\0".getBytes(US_ASCII));
                    say(out, 'Z', new byte[]{'I'});
                }
                default -> say(out, 'Z', new byte[]{'I'}); // a Sync
            }
        }
    }

    private static void say(DataOutputStream out, char type, byte[] body) throws IOException {
        var message = new ByteArrayOutputStream();
        message.write(type);
        new DataOutputStream(message).writeInt(body.length + 4);
        message.write(body);
        out.write(message.toByteArray());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
