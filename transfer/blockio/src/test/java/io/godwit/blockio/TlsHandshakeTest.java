package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Servers that agree on TLS and then behave badly.
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class TlsHandshakeTest {
    private static final NbdSettings SETTINGS = new NbdSettings(1, 4, 64 << 10, Duration.ofSeconds(20));
    private static final NbdSettings HASTY = SETTINGS.stallLimit(Duration.ofMillis(400)); // where a stall is what is waited for

    @TempDir
    Path folder;

    private interface After {
        void agreeing(DataInputStream in, DataOutputStream out) throws IOException;
    }

    private ScriptedServer agreeing(int type, After then) throws IOException {
        return new ScriptedServer(folder, (in, out) -> {
            out.writeLong(NbdWire.INIT_MAGIC);
            out.writeLong(NbdWire.OPTION_MAGIC);
            out.writeShort(3);
            out.flush();
            in.readInt();
            in.readLong();
            int option = in.readInt();
            assertThat(option).isEqualTo(NbdWire.OPT_STARTTLS);
            in.readNBytes(in.readInt());
            ScriptedServer.reply(out, option, type, 0);
            out.flush();
            then.agreeing(in, out);
        });
    }

    private static URI secured(ScriptedServer server) {
        return URI.create(server.uri().toString().replace("nbd+unix", "nbds+unix"));
    }

    private static void assertFault(BlockFault code, ScriptedServer server) {
        var settings = code == BlockFault.NBD_STALLED ? HASTY : SETTINGS;
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> NbdSource.open(secured(server), settings).close())
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name()));
    }

    @Test
    void silenceInTheHandshakeIsAFault() throws IOException {
        try (var server = agreeing(NbdWire.REP_ACK, (in, _) -> in.transferTo(java.io.OutputStream.nullOutputStream()))) {
            assertFault(BlockFault.NBD_STALLED, server);
        }
    }

    @Test
    void aTrickleInTheHandshakeIsAStall() throws IOException {
        var never = new CountDownLatch(1);
        try (var server = agreeing(NbdWire.REP_ACK, (_, out) -> {
            out.write(new byte[]{22, 3, 3, 0x40, 0}); // a record of 16 KiB
            try {
                while (!never.await(20, TimeUnit.MILLISECONDS)) {
                    out.write(2);
                    out.flush();
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        })) {
            assertFault(BlockFault.NBD_STALLED, server);
        }
    }

    @Test
    void anEndInTheHandshakeIsAFault() throws IOException {
        try (var server = agreeing(NbdWire.REP_ACK, (_, _) -> {
        })) {
            assertFault(BlockFault.NBD_CLOSED, server);
        }
    }

    @Test
    void noiseInsteadOfAHandshakeIsAFault() throws IOException {
        var random = new Random(5);
        for (int i = 0; i < 20; i++) {
            var noise = new byte[200];
            random.nextBytes(noise);
            if (i % 2 == 0) { // begins like a record
                noise[0] = 22;
                noise[1] = 3;
                noise[2] = 3;
                noise[3] = 0;
            }
            try (var server = agreeing(NbdWire.REP_ACK, (in, out) -> {
                out.write(noise);
                out.flush();
            })) {
                assertThatExceptionOfType(FaultException.class).isThrownBy(() -> NbdSource.open(secured(server), HASTY).close());
            }
        }
    }

    @Test
    void aServerThatGoesOnInClearHearsNothing() throws IOException {
        var heard = new AtomicInteger();
        try (var server = agreeing(NbdWire.REP_ERROR_BIT | 2, (in, _) -> {
            while (in.read() >= 0) {
                heard.incrementAndGet();
            }
        })) {
            assertFault(BlockFault.NBD_TLS_NOT_OFFERED, server);
        }
        assertThat(heard).hasValue(0);
    }
}
