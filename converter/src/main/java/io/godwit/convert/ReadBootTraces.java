package io.godwit.convert;

import io.godwit.model.disk.BootReport.Proof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/// Main of the short-lived child that reads what a guest wrote of its starts. Only pieces of bounded size leave the appliance, and nothing of
/// the guest is run. Reads a [BootTraceRequest], prints `step NAME` when one begins, writes a [BootTraceAnswer].
public final class ReadBootTraces {
    private static final String JOURNALS = "/var/log/journal";
    private static final String WTMP = "/var/log/wtmp";
    private static final Pattern MACHINE_ID = Pattern.compile("[0-9a-f]{32}");
    private static final int MOST_MACHINES = 32;
    private static final long LAST_OF_WTMP = 8192L * WtmpRecords.BYTES;
    private static final long MOST_OF_EVENT_LOG = 64 << 20;
    private static final JsonMapper JSON = new JsonMapper();

    private final Guestfs guestfs;
    private final Path piece;
    private final List<BootTrace> traces = new ArrayList<>();
    private final List<String> looked = new ArrayList<>();

    private ReadBootTraces(Guestfs guestfs, Path piece) {
        this.guestfs = guestfs;
        this.piece = piece;
    }

    public static void main(String[] arguments) throws IOException {
        var request = JSON.readValue(System.in.readAllBytes(), BootTraceRequest.class);
        BootTraceAnswer answer;
        try (var guestfs = Guestfs.load(request.jar())) {
            var piece = Path.of(request.scratch()).resolve("piece");
            answer = new ReadBootTraces(guestfs, piece).answer(request.sockets());
        } catch (Guestfs.Failure e) {
            answer = new BootTraceAnswer(List.of(), List.of(), String.valueOf(e.getMessage()));
        }
        Files.write(Path.of(request.answer()), JSON.writeValueAsBytes(answer));
    }

    private BootTraceAnswer answer(List<String> sockets) throws Guestfs.Failure, IOException {
        Guestfs.beginStep(InspectGuest.STARTING);
        guestfs.launch(sockets);
        Guestfs.beginStep("Reading what the guest wrote of its start");
        for (var root : (String[]) Guestfs.require(guestfs.call("inspect_os"))) {
            if (mount(root)) {
                lookInto(root);
            }
            guestfs.call("umount_all");
        }
        guestfs.shutdown();
        return new BootTraceAnswer(traces, looked, null);
    }

    /// @return whether at least the root is there
    private boolean mount(String root) throws Guestfs.Failure {
        var points = guestfs.mountPoints(root);
        points.put("/", root);
        for (var point : points.entrySet()) {
            try {
                guestfs.call("mount_ro", new Class<?>[]{String.class, String.class}, point.getValue(), point.getKey());
            } catch (Guestfs.Failure e) {
                if (point.getKey().equals("/")) {
                    return false;
                }
            }
        }
        return true;
    }

    private void lookInto(String root) throws Guestfs.Failure, IOException {
        if (guestfs.text("inspect_get_type", root).equals("windows")) {
            readEventLog(guestfs.text("inspect_get_windows_systemroot", root) + "/System32/winevt/Logs/System.evtx");
        } else {
            readJournals();
            readWtmp();
        }
    }

    private void readJournals() throws Guestfs.Failure, IOException {
        if (!guestfs.isDirectory(JOURNALS)) {
            return;
        }
        var machines = new TreeSet<>(List.of((String[]) Guestfs.require(guestfs.call("ls", String.class, JOURNALS))));
        for (var machine : machines.stream().filter(name -> MACHINE_ID.matcher(name).matches()).limit(MOST_MACHINES).toList()) {
            var journal = JOURNALS + "/" + machine + "/system.journal";
            if (guestfs.isFile(journal)) {
                looked.add(journal);
                JournalHeader.parse(part(journal, 0, JournalHeader.BYTES)).ifPresent(header -> traces.add(
                        new BootTrace(Proof.JOURNAL, header.bootId(), "a new boot " + header.bootId() + " wrote to the guest's journal "
                                + journal + ", last at " + header.lastEntry() + " by the guest's clock")));
            }
        }
    }

    private void readWtmp() throws Guestfs.Failure, IOException {
        if (!guestfs.isFile(WTMP)) {
            return;
        }
        looked.add(WTMP);
        long whole = size(WTMP) / WtmpRecords.BYTES * WtmpRecords.BYTES;
        long from = Math.max(0, whole - LAST_OF_WTMP);
        for (var boot : WtmpRecords.boots(part(WTMP, from, whole - from))) {
            traces.add(new BootTrace(Proof.WTMP, boot.toString(), "a new boot is recorded in the guest's " + WTMP + ", at " + boot
                    + " by the guest's clock"));
        }
    }

    private void readEventLog(String path) throws Guestfs.Failure, IOException {
        String log;
        try {
            log = guestfs.text("case_sensitive_path", path);
        } catch (Guestfs.Failure e) {
            return; // a folder of the path is not there
        }
        if (!guestfs.isFile(log)) {
            return;
        }
        looked.add(log);
        download(log, 0, Math.min(size(log), MOST_OF_EVENT_LOG));
        for (var start : EventLog.starts(piece)) {
            traces.add(new BootTrace(Proof.EVENT_LOG, start.number() + " " + start.at(), "a new record " + start.number() + " with event "
                    + start.event() + " is in the guest's " + log + ", of " + start.at() + " by the guest's clock"));
        }
    }

    private long size(String file) throws Guestfs.Failure {
        return (Long) Guestfs.require(guestfs.call("filesize", String.class, file));
    }

    private byte[] part(String file, long from, long bytes) throws Guestfs.Failure, IOException {
        download(file, from, Math.min(bytes, Math.max(0, size(file) - from)));
        return Files.readAllBytes(piece);
    }

    private void download(String file, long from, long bytes) throws Guestfs.Failure {
        guestfs.call("download_offset", new Class<?>[]{String.class, String.class, long.class, long.class}, file, piece.toString(), from,
                bytes);
    }
}
