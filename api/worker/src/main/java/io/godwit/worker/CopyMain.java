package io.godwit.worker;

import io.godwit.transfer.DiskCopier;

/// `copy SOURCE TARGET`: the copy engine alone, without a server.
public final class CopyMain {
    private CopyMain() {}

    public static void main(String[] arguments) {
        DiskCopier.prepare(); // while the command line is read
        var interruption = Interruption.ofThisProcess();
        int code = copy(interruption, arguments);
        interruption.ended();
        if (code != 0) { // exit() looks for a logger in all jars before it ends, which takes as long as copying 10 MiB
            System.exit(code);
        }
    }

    static int copy(Interruption interruption, String... arguments) {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%6$s%n");
        System.setProperty("java.util.logging.config.class", Printable.Configuration.class.getName());
        // what picocli looks for in every jar before the first word is read, and what it reads time zones for: no option is of these
        System.setProperty("picocli.disable.closures", "true");
        System.setProperty("picocli.converters.excludes", "java[.](sql|time)[.].*");
        return CopyCommand.line(interruption).execute(arguments);
    }
}
