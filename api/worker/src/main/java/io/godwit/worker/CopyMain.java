package io.godwit.worker;

import io.godwit.transfer.DiskCopier;
import picocli.CommandLine;

/// `copy SOURCE TARGET`: the copy engine alone, without a server.
public final class CopyMain {
    private CopyMain() {}

    public static void main(String[] arguments) {
        DiskCopier.prepare(); // while the command line is read
        System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%6$s%n");
        System.setProperty("java.util.logging.config.class", Printable.Configuration.class.getName());
        var interruption = Interruption.ofThisProcess();
        var copy = new CopyCommand(interruption);
        int code = new CommandLine(copy).setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpWidth(100)
                .setExecutionExceptionHandler(copy::explain).execute(arguments);
        interruption.ended();
        System.exit(code);
    }
}
