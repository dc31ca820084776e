package io.godwit.worker;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.export.Export;
import io.godwit.export.ExportFault;
import io.godwit.export.Exports;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.Extent;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyShare;
import io.godwit.process.Supervisor;
import io.godwit.protocol.JobCodec;
import io.godwit.transfer.CopyAlone;
import io.godwit.transfer.CopyFault;
import io.godwit.transfer.CopySettings;
import io.godwit.transfer.DiskCopier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Copies one disk and proves the copy.
final class CopyCommand implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int WRONG = 2;
    private static final int INTERRUPTED = 130;
    private static final int MOST_REQUESTS = 4096;
    private static final int SHORTEST_REQUEST = 4 << 10;
    private static final int LONGEST_REQUEST = 32 << 20;

    private final CopyOption<String> source = CopyOption.parameter(0, "SOURCE",
            "A file or block device, nbd://HOST[:PORT]/EXPORT, nbd+unix:///EXPORT?socket=PATH, https://[USER@]HOST[:PORT]/PATH or ssh://[USER@]HOST[:PORT]/PATH, or export:FILE.json, an export of any kind (docs/reference/exports.md).");
    private final CopyOption<String> target = CopyOption.parameter(1, "TARGET",
            "A file (made if it is not there), a block device, or a writable export as nbd://... or nbd+unix://...; always raw.");
    private final CopyOption<DiskFormat> format = new CopyOption<>(OptionSpec.builder("--format").paramLabel("FORMAT")
            .type(DiskFormat.class)
            .defaultValue("raw")
            .description(
                    "What SOURCE holds: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). It is never guessed: a guest can write any header into its raw disk.")
            .build());
    private final CopyOption<Verify> verify = new CopyOption<>(OptionSpec.builder("--verify").paramLabel("HOW").type(Verify.class)
            .defaultValue("full")
            .description("How far the target is read back: full, sampled (each 16th block) or off (default: ${DEFAULT-VALUE}).").build());
    private final CopyOption<String> digest = new CopyOption<>(OptionSpec.builder("--digest").paramLabel("METHOD").type(String.class)
            .description(
                    "Digest of a block: XXH3-128, SHA-256 or CRC32C (default: XXH3-128; with --verify off none, but for what is asked for here).")
            .build());
    private final CopyAccess access = new CopyAccess();
    private final CopyOption<Path> checkpoint = CopyOption.file("--checkpoint",
            "Keep in FILE what was copied: the same command goes on from there after it was interrupted, killed or failed.");
    private final CopyOption<Path> changedExtents = CopyOption.file("--changed-extents",
            "Copy only these: one extent per line, offset and length in bytes. TARGET keeps the rest.");
    private final CopyOption<Boolean> targetIsZero = CopyOption.flag("--target-is-zero",
            "TARGET reads as zero everywhere: zeroes need not be made.");
    private final CopyOption<Path> report = CopyOption.file("--report",
            "Write the proof as JSON: bytes, blocks, digest method, the roots of both sides.");
    private final CopyOption<Integer> connections = CopyOption.count("--connections", "N", 4,
            "Connections to each server that allows several, at most: how many are of use is measured (default: ${DEFAULT-VALUE}).");
    private final CopyOption<Integer> requests = CopyOption.count("--requests", "N", 64,
            "Requests in flight per connection, at most (default: ${DEFAULT-VALUE}).");
    private final CopyOption<Long> requestSize = CopyOption.size("--request-size", "SIZE", "1MiB",
            "The longest request (default: ${DEFAULT-VALUE}). Requests begin with 256 KiB, the block of digests and checkpoints.");
    private final CopyOption<Long> limit = CopyOption.size("--limit", "RATE", "0",
            "Read no more than that per second, such as 100MiB/s (default: no limit).");
    private final CopyOption<Long> limitRequests = CopyOption.number("--limit-requests", "N", 0,
            "Read no more often than that per second (default: no limit).");
    private final CopyOption<Long> longestReadMillis = CopyOption.number("--longest-read", "MS", 0,
            "Hold reads back while the slowest hundredth of them takes longer (default: no bound).");
    private final CopyOption<Integer> stallSeconds = CopyOption.count("--stall-limit", "SECONDS", 60,
            "How long a server may be silent while it owes an answer; it is tried again for a minute (default: ${DEFAULT-VALUE}).");
    private final CopyOption<String> output = new CopyOption<>(OptionSpec.builder("-o", "--output").paramLabel("FORMAT").type(String.class)
            .description("json: print the report instead of a sentence.").build());

    private final Interruption interruption;
    private @Nullable CommandLine line;

    CopyCommand(Interruption interruption) {
        this.interruption = interruption;
    }

    /// The command line of one copy; what it says goes where `getOut()` and `getErr()` of that go.
    static CommandLine line(Interruption interruption) {
        var copy = new CopyCommand(interruption);
        var line = new CommandLine(copy.spec()).setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpWidth(100)
                .setExecutionExceptionHandler(copy::explain)
                .setParameterExceptionHandler((e, _) -> copy.refuse(e));
        copy.line = line;
        return line;
    }

    private CommandSpec spec() {
        var spec = CommandSpec.wrapWithoutInspection(this).name("godwit copy");
        spec.usageMessage().sortOptions(false)
                .description("Copies one disk, flushes it, reads it back and compares each block.",
                        "Sparse: what is zero in SOURCE is neither read nor written where TARGET reads as zero.")
                .exitCodeListHeading("%nExit codes:%n").exitCodeList(exitCodes());
        List.of(source, target, format, verify, digest).forEach(option -> option.addTo(spec));
        access.addTo(spec);
        List.of(checkpoint, changedExtents, targetIsZero, report, connections, requests, requestSize, limit, limitRequests,
                longestReadMillis, stallSeconds, output).forEach(option -> option.addTo(spec));
        spec.addOption(OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help message and exit.").build());
        spec.addOption(OptionSpec.builder("-V", "--version").versionHelp(true).description("Print version information and exit.").build());
        return spec;
    }

    private static Map<String, String> exitCodes() {
        var codes = new LinkedHashMap<String, String>();
        codes.put("0", "every byte lies on the target's device, and was read back and found equal unless --verify says otherwise");
        codes.put("1", "it failed; the message says what, where, why and what to do");
        codes.put("2", "the command line is wrong");
        codes.put("130", "it was interrupted; with --checkpoint, run it again to go on");
        return codes;
    }

    @Override
    public Integer call() throws IOException {
        requireSense();
        var settings = settings();
        DiskCopier.prepareDigests(settings);
        var scope = scope();
        var files = new CopyFiles(source.get(), target.get());
        files.requireApart(checkpoint.orNull(), report.orNull(), changedExtents.orNull());
        if (checkpoint.given()) {
            CopyFiles.requireCheckpoint(checkpoint.get());
        }
        CopyEnds.requireWord("SOURCE", source.get());
        CopyEnds.requireWord("TARGET", target.get());
        try (var scratch = ScratchFolder.make();
                var proof = report.given() ? ReportFile.open(report.get()) : null;
                var supervisor = new Supervisor(Files.createDirectory(scratch.path().resolve("tmp")));
                var exports = new Exports(supervisor, scratch.path(), scratch.path(), access::secret)) {
            interruption.onGivenUp(() -> {
                supervisor.close();
                try {
                    scratch.remove();
                } catch (IOException e) {
                    say("  " + scratch.path() + " could not be removed: " + e.getMessage());
                }
            });
            interruption.onAsked(supervisor::close); // until there is a copy to stop: whoever waits for a child sees it end
            return tell(copy(exports, settings, scope, scratch.path()), proof) ? 0 : 1;
        }
    }

    private void requireSense() {
        if (limitRequests.get() < 0) {
            throw wrong("--limit-requests " + limitRequests.get() + " is less than nothing: 0 is no limit");
        }
        if (longestReadMillis.get() < 0) {
            throw wrong("--longest-read " + longestReadMillis.get() + " is less than nothing: 0 is no bound");
        }
        if (connections.get() < 1) {
            throw wrong("--connections " + connections.get() + ": at least one is needed");
        }
        if (requests.get() < 1 || requests.get() > MOST_REQUESTS) {
            throw wrong("--requests " + requests.get() + ": from 1 to " + MOST_REQUESTS);
        }
        if (requestSize.get() < SHORTEST_REQUEST || requestSize.get() > LONGEST_REQUEST) {
            throw wrong("--request-size " + requestSize.get() + ": from 4KiB to 32MiB");
        }
        if (stallSeconds.get() < 1) {
            throw wrong("--stall-limit " + stallSeconds.get() + ": at least a second");
        }
        if (targetIsZero.get() && changedExtents.given()) {
            throw wrong("--target-is-zero and --changed-extents say opposite things of what TARGET holds");
        }
        if (output.given() && !output.get().equals("json")) {
            throw wrong("-o knows json only, not '" + output.get() + "'");
        }
    }

    private CopySettings settings() {
        try {
            var nbd = new NbdSettings(connections.get(), requests.get(), Math.toIntExact(requestSize.get()),
                    Duration.ofSeconds(stallSeconds.get()));
            return new CopySettings(nbd, CopySettings.DEFAULT.blockBytes(), CopySettings.DEFAULT.memoryBytes(), 1, method()).fitting();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private String method() {
        if (digest.given()) {
            if (digest.get().equals(CopySettings.NO_DIGEST)) {
                throw new IllegalArgumentException("no digest: " + digest.get());
            }
            return digest.get();
        }
        boolean asked = verify.get() != Verify.OFF || checkpoint.given(); // of what an earlier run wrote nothing is believed without
        return !asked ? CopySettings.NO_DIGEST : CopySettings.DEFAULT.method();
    }

    private ParameterException wrong(String why) {
        return new ParameterException(commandLine(), why);
    }

    private CommandLine commandLine() {
        return Objects.requireNonNull(line);
    }

    /// On standard error, at once.
    private void say(String line) {
        var err = commandLine().getErr();
        err.println(line);
        err.flush();
    }

    private DiskReport copy(Exports exports, CopySettings settings, CopyScope scope, Path scratch) throws IOException {
        var from = CopyEnds.source(source.get(), format.get(), access);
        try (var export = exports.open(from.spec())) {
            try {
                return copy(exports, export, from, settings, scope, scratch);
            } catch (FaultException e) {
                throw export.explained(e);
            }
        }
    }

    /// Who forgets --format has a copy of the image where a disk was meant.
    private void sayWhatItLooksLike(NbdSource opened, CopyScope scope) {
        if (format.get() != DiskFormat.RAW || formatIsGiven() || !(scope instanceof CopyScope.Everything)) {
            return;
        }
        var header = CopyEnds.headerOf(source.get(), opened);
        if (header != null) {
            say("godwit copy: note: " + Printable.of(source.get()) + " begins as a " + header + " image does, and is copied as it is");
            say("  --format " + header.name().toLowerCase(Locale.ROOT)
                    + " copies the disk in it; --format raw leaves out this note.");
        }
    }

    private boolean formatIsGiven() {
        return commandLine().getParseResult().hasMatchedOption("--format");
    }

    private DiskReport copy(Exports exports, Export export, CopyEnds.Source from, CopySettings settings, CopyScope scope, Path scratch)
            throws IOException {
        try (var opened = NbdSource.open(export.uri(), settings.nbd(), List.of(), export::requireAlive)) {
            return copy(exports, export, from, opened, settings, scope, scratch);
        }
    }

    private DiskReport copy(Exports exports, Export export, CopyEnds.Source from, NbdSource opened, CopySettings settings, CopyScope scope,
            Path scratch)
            throws IOException {
        sayWhatItLooksLike(opened, scope);
        long size = opened.sizeBytes();
        var to = CopyEnds.target(target.get(), size, scope);
        var disk = new DiskCopy("disk", from.spec(), from.identity(), to.spec(), to.identity(), size, scope);
        var how = new CopyAlone(verify.get(), checkpoint.given() ? checkpoint.get().toAbsolutePath() : null,
                to.fresh() || (targetIsZero.get() && !CopyEnds.isFile(target.get())));
        var copier = new DiskCopier(exports, settings);
        copier.limits().set(new CopyShare(limit.get(), limitRequests.get(), longestReadMillis.get(), Map.of()));
        return run(copier, disk, export, opened, how, scratch);
    }

    private CopyScope scope() {
        if (!changedExtents.given()) {
            return CopyScope.EVERYTHING;
        }
        var extents = new ArrayList<Extent>();
        try (var lines = Files.lines(changedExtents.get(), StandardCharsets.UTF_8)) {
            lines.map(CopyCommand::withoutComment).filter(line -> !line.isEmpty()).forEach(line -> extents.add(extent(line)));
        } catch (IOException | java.io.UncheckedIOException | IllegalArgumentException e) {
            throw new FaultException(WorkerFault.COPY_EXTENTS_UNREADABLE, "the extents in " + changedExtents.get() + " cannot be read", e);
        }
        return new CopyScope.ChangedExtents(extents);
    }

    /// Two numbers with blanks or one comma between them. There may be a million lines, and a regular expression costs as much as a read.
    private static Extent extent(String line) {
        int end = 0;
        while (end < line.length() && Character.isLetterOrDigit(line.charAt(end))) {
            end++;
        }
        var rest = line.substring(end).strip();
        try {
            return new Extent(number(line.substring(0, end)), number(rest.startsWith(",") ? rest.substring(1).strip() : rest));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + line + "' is no offset and length", e);
        }
    }

    private static String withoutComment(String line) {
        int comment = line.indexOf('#');
        return (comment < 0 ? line : line.substring(0, comment)).strip();
    }

    /// Decimal, also with zeroes before it; hexadecimal behind 0x.
    private static long number(String digits) {
        return digits.startsWith("0x") || digits.startsWith("0X") ? Long.parseLong(digits.substring(2), 16) : Long.parseLong(digits);
    }

    private DiskReport run(DiskCopier copier, DiskCopy disk, Export export, NbdSource opened, CopyAlone how, Path scratch) {
        interruption.onAsked(copier::stop);
        try (var bar = new CopyBar(Boolean.getBoolean("godwit.terminal"))) {
            return copier.copyAlone(disk, export, opened, how, scratch, bar);
        } catch (OutOfMemoryError e) { // of buffers: the bound of those was passed, the heap has room to say so
            throw new IllegalStateException(e);
        }
    }

    /// False where nobody could be told.
    private boolean tell(DiskReport done, @Nullable ReportFile proof) {
        if (proof != null) {
            proof.write(JobCodec.write(done));
        }
        if (output.given()) {
            var out = commandLine().getOut();
            out.println(new String(JobCodec.write(done), StandardCharsets.UTF_8));
            if (out.checkError()) { // which flushes
                say("godwit copy: the copy is whole, but its report could not be written to standard output");
                return false;
            }
        } else {
            say(CopyBar.bytes(done.dataBytes()) + " of data copied"
                    + (done.resumedBytes() > 0 ? ", " + CopyBar.bytes(done.resumedBytes()) + " of them earlier" : "") + "; "
                    + (done.verified() ? "read back and equal (" + done.method() + ", root " + done.sourceRoot() + ")" : howMuchOf(done)));
            if (done.targetBytes() != null && done.targetBytes() > done.sizeBytes()) {
                say("the target has " + done.targetBytes() + " bytes: its first " + done.sizeBytes()
                        + " are the disk, the rest is as it was");
            }
        }
        return true;
    }

    private static String howMuchOf(DiskReport done) {
        return done.verify() == Verify.SAMPLED
                ? String.format(Locale.ROOT, "%,d of %,d blocks read back and equal", done.verifiedBlocks(), done.blocks())
                : "not read back";
    }

    private int refuse(ParameterException wrong) {
        say("godwit copy: " + Printable.of(String.valueOf(wrong.getMessage())));
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, commandLine().getErr());
        say("`godwit copy --help` says what it takes.");
        return WRONG;
    }

    /// One message per failure, never a stack trace.
    int explain(Exception failure, CommandLine command, ParseResult parsed) {
        if (interruption.asked() || (failure instanceof FaultException fault && fault.fault().is(CopyFault.COPY_STOPPED))) {
            say("godwit copy: interrupted: the copy is not whole");
            say("  " + (!checkpoint.given()
                    ? "Without --checkpoint the next run begins from zero."
                    : "Run the same command again: it goes on from " + checkpoint.get() + "."));
            return INTERRUPTED;
        }
        if (failure.getCause() instanceof OutOfMemoryError full) {
            say("godwit copy: there is no memory left: " + full.getMessage());
            say("  Use fewer --connections or a shorter --request-size.");
            return FAILED;
        }
        if (failure instanceof FaultException fault) {
            say("godwit copy: " + Printable.of(fault.fault().what() + ": " + fault.fault().why()));
            say("  " + fault.fault().remedy());
            if (fault.fault().is(ExportFault.IMAGE_DAMAGED)) {
                say("  Or it is of another format than --format says: `qemu-img info` tells which it may be.");
            }
            if (!checkpoint.given() && fault.fault().remedy().contains("from its checkpoint")) {
                say("  Here it does not, since no --checkpoint was given: the next run begins from zero.");
            }
            return FAILED;
        }
        say("godwit copy: " + Printable.of(failure.toString()));
        return FAILED;
    }
}
