package io.godwit.worker;

import io.godwit.transfer.DiskCopier;

/// `copy SOURCE TARGET`: the copy engine alone, without a server.
public final class CopyMain {
    private CopyMain() {}

    public static void main(String[] arguments) {
        DiskCopier.prepare(); // while the command line is read
        System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%6$s%n");
        System.setProperty("java.util.logging.config.class", Printable.Configuration.class.getName());
        var interruption = Interruption.ofThisProcess();
        int code = CopyCommand.line(interruption).execute(arguments);
        interruption.ended();
        System.exit(code);
    }
}
