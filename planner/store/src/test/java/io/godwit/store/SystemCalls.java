package io.godwit.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What `strace -f -y` saw a [JournalWriter] do to its log, in order.
///
/// @param syncs how often the log was synced
/// @param acknowledgements every line that it printed about a commit, with the bytes of the log that were surely on the disk then
record SystemCalls(int syncs, List<Acknowledgement> acknowledgements) {
    static final String TRACED = "fsync,fdatasync,write,pwrite64,unlink,unlinkat";

    private static final Pattern LINE = Pattern.compile("(\\d+) +(.*)");
    private static final Pattern RESUMED = Pattern.compile("<\\.\\.\\. \\w+ resumed>(.*)");
    private static final Pattern PRINTED = Pattern.compile("write\\(1<[^>]*>, \"(\\d) (\\d+)\\\\n\".*");
    private static final Pattern RETURNED = Pattern.compile(".*\\) += (-?\\d+).*");

    record Acknowledgement(int writer, long seq, long syncedBytes) {}

    static SystemCalls read(Path trace) throws IOException {
        var acknowledgements = new ArrayList<Acknowledgement>();
        var unfinished = new HashMap<String, String>();
        var writtenAtSync = new HashMap<String, Long>(); // thread to bytes of the log when its fsync began
        int syncs = 0;
        long written = 0;
        long synced = 0;
        for (var line : Files.readAllLines(trace)) {
            var parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new IOException("not a line of strace -f: " + line);
            }
            var thread = parts.group(1);
            var call = parts.group(2);
            var resumed = RESUMED.matcher(call);
            boolean begins = !resumed.matches();
            if (!begins) {
                call = unfinished.remove(thread) + resumed.group(1);
            }
            boolean ends = !call.contains("<unfinished ...>");
            if (!ends) {
                call = call.replace("<unfinished ...>", "");
                unfinished.put(thread, call);
            }
            Matcher printed = PRINTED.matcher(call);
            if (begins && printed.lookingAt()) {
                acknowledgements.add(new Acknowledgement(Integer.parseInt(printed.group(1)), Long.parseLong(printed.group(2)), synced));
            }
            if (!call.contains("godwit.log")) {
                continue;
            }
            boolean sync = call.startsWith("fsync") || call.startsWith("fdatasync");
            if (begins && sync) {
                writtenAtSync.put(thread, written);
            }
            if (ends && sync && returned(call) == 0) {
                syncs++;
                synced = Math.max(synced, writtenAtSync.getOrDefault(thread, 0L));
            }
            if (ends && (call.startsWith("write") || call.startsWith("pwrite"))) {
                written += returned(call);
            }
            if (ends && call.startsWith("unlink")) { // a checkpoint begins a new log
                written = 0;
                synced = 0;
                syncs = 0;
            }
        }
        return new SystemCalls(syncs, List.copyOf(acknowledgements));
    }

    private static long returned(String call) throws IOException {
        var result = RETURNED.matcher(call);
        if (!result.matches()) {
            throw new IOException("a call without a result: " + call);
        }
        return Long.parseLong(result.group(1));
    }
}
