package io.godwit.cli.doctor;

import static io.godwit.cli.doctor.Finding.Verdict.FAIL;
import static io.godwit.cli.doctor.Finding.Verdict.NOTE;
import static io.godwit.cli.doctor.Finding.Verdict.WARN;

import io.godwit.cli.doctor.Finding.Verdict;

/// What a machine can suffer from, as the doctor knows it. docs/guide/troubleshooting.md is made of these, and each is seeded by a test.
/// A word in capitals between angle brackets is filled in where the ailment is found.
public enum Ailment {
    // @formatter:off
    /// Told by the launcher (deploy/launcher/jdk.sh), in these words: without a JDK nothing of this runs.
    JDK_MISSING(FAIL, "JDK",
            "There is no JDK 25 on this machine.",
            "no JDK 25 was found; UnsupportedClassVersionError",
            "Install a JDK 25 (apt-get install openjdk-25-jdk-headless, sdk install java 25-tem, or unpack one into /opt), or let JAVA_HOME name one. A JRE is not enough."),
    JDK_PASSED_OVER(NOTE, "JDK",
            "JAVA_HOME names another JDK than the one that Godwit runs on: it needs a JDK 25.",
            "a JAVA_HOME that seems to have no effect",
            "Nothing needs to be done; to run Godwit on that one, let JAVA_HOME name a JDK 25."),
    PROGRAM_MISSING(FAIL, "",
            "A program that Godwit runs is not on this machine.",
            "EXPORT_TOOL_MISSING, CONVERTER_MISSING; `command not found`",
            "apt-get install <PACKAGE>"),
    PROGRAM_BROKEN(FAIL, "",
            "A program that Godwit runs is there, and does not run.",
            "error while loading shared libraries; Permission denied",
            "apt-get install --reinstall <PACKAGE>"),
    PROGRAM_FOREIGN(FAIL, "",
            "A program that Godwit runs is made for another processor.",
            "Exec format error",
            "Take <FILE> off the PATH, and apt-get install <PACKAGE>, which is made for this machine."),
    PROGRAM_OLD(WARN, "",
            "A program is older than the oldest that Godwit is tested with.",
            "unknown options, and guests that newer versions convert",
            "Bring <PACKAGE> up to version <VERSION> or later (Debian 12 has it), or see whether your guests convert."),
    NBDKIT_PLUGIN_MISSING(WARN, "nbdkit plugins",
            "nbdkit lacks a plugin.",
            "EXPORT_PLUGIN_MISSING; nbdkit: error: cannot open plugin",
            "apt-get install <PACKAGE>, or set GODWIT_WORKER_NBDKIT_PLUGINS to a folder that has it."),
    NBDKIT_FILTER_MISSING(WARN, "nbdkit filters",
            "nbdkit lacks a filter.",
            "EXPORT_PLUGIN_MISSING; nbdkit: error: cannot open filter",
            "apt-get install <PACKAGE>; some distributions have the filters in a package of their own, nbdkit-basic-filters."),
    LIBGUESTFS_BINDING_MISSING(NOTE, "libguestfs for Java",
            "libguestfs's binding for Java is missing: guests are inspected by virt-inspector instead, which is slower.",
            "inspections that take longer",
            "apt-get install libguestfs-java"),
    KERNEL_MISSING(FAIL, "kernel for libguestfs",
            "libguestfs has no kernel to boot its appliance with.",
            "supermin: failed to find a suitable kernel; supermin exited with error status 1; containers have none",
            "apt-get install linux-image-cloud-amd64, or any kernel package: it need not be the one that runs."),
    KERNEL_UNREADABLE(FAIL, "kernel for libguestfs",
            "libguestfs may not read the kernel that it is to boot its appliance with.",
            "supermin: cp: cannot open '/boot/vmlinuz-...' for reading: Permission denied; Ubuntu lets only root read it",
            "sudo chmod 0644 /boot/vmlinuz-*; on Ubuntu `dpkg-statoverride --update --add root root 0644 <FILE>` keeps it over updates of the package."),
    KERNEL_WITHOUT_MODULES(FAIL, "kernel for libguestfs",
            "The kernel that libguestfs is to boot has no modules on this machine.",
            "supermin: failed to find a suitable kernel: no modules in /lib/modules; a container that was given the host's /boot",
            "apt-get install linux-image-cloud-amd64, which brings a kernel with its modules."),
    APPLIANCE_PARTS_MISSING(FAIL, "libguestfs appliance",
            "The parts that libguestfs builds its appliance of are missing.",
            "cannot find any suitable libguestfs supermin, fixed or old-style appliance on LIBGUESTFS_PATH",
            "apt-get install --reinstall libguestfs0; unset LIBGUESTFS_PATH, or let it name a folder with supermin.d or a fixed appliance."),
    APPLIANCE_CACHE_FOREIGN(FAIL, "libguestfs appliance",
            "libguestfs refuses the appliance that somebody left in its cache.",
            "security: cached appliance is not owned by UID, or is writable by group or other",
            "Look at what it is, and remove it: sudo rm -r <FILE>. libguestfs builds its own anew."),
    APPLIANCE_CACHE_FULL(FAIL, "libguestfs appliance",
            "There is no room for the appliance that libguestfs builds, now or anew after an update.",
            "supermin: write: No space left on device; supermin exited with error status 1",
            "Free 600 MiB on the file system of /var/tmp, or set godwit.converter.appliance.cache of the worker to another folder."),
    LIBGUESTFS_HV_WRONG(FAIL, "LIBGUESTFS_HV",
            "LIBGUESTFS_HV names no QEMU that can be run.",
            "guestfs_launch failed; qemu: No such file or directory",
            "Unset LIBGUESTFS_HV, or let it name qemu-system-x86_64."),
    LIBGUESTFS_BACKEND_IGNORED(NOTE, "LIBGUESTFS_BACKEND",
            "LIBGUESTFS_BACKEND asks for a backend that Godwit does not use: it starts QEMU directly, without libvirt.",
            "settings of libvirt that seem to have no effect",
            "Unset LIBGUESTFS_BACKEND: nothing else is needed."),
    LIBGUESTFS_SETTINGS_CONTRADICT(WARN, "LIBGUESTFS_BACKEND_SETTINGS",
            "LIBGUESTFS_BACKEND_SETTINGS contradicts what was found about KVM.",
            "conversions that are ten times slower than they need be, or `Could not access KVM kernel module`",
            "Unset LIBGUESTFS_BACKEND_SETTINGS: Godwit finds out by itself whether KVM can be used."),
    KVM_MISSING(WARN, "KVM",
            "There is no KVM: conversions and boot checks run without it (TCG), many times slower.",
            "TCG; conversions of a quarter of an hour; `Could not access KVM kernel module: No such file or directory`",
            "Turn virtualisation on in the firmware, or nested virtualisation for this VM, and load kvm_intel or kvm_amd; give a container the device /dev/kvm. Or leave it: Godwit does without."),
    KVM_FORBIDDEN(WARN, "KVM",
            "This user may not use KVM: conversions and boot checks run without it (TCG), many times slower.",
            "Could not access KVM kernel module: Permission denied",
            "sudo usermod -aG <GROUP> <USER>, then log in again (or restart the service)."),
    KVM_UNUSABLE(WARN, "KVM",
            "KVM is there, and runs no guest: conversions and boot checks run without it (TCG), many times slower.",
            "failed to initialize kvm; KVM internal error; a guest that dies, or hangs, at its first instructions: nested virtualisation that is half there",
            "Use another machine, or mend its nested virtualisation. Or leave it: Godwit tried, and does without by itself."),
    KVM_NOT_TRIED(WARN, "KVM",
            "Whether KVM runs guests could not be tried.",
            "the same probe at the start of each conversion",
            "Start by ./godwit; see whether qemu-system-x86_64 runs."),
    FIRMWARE_MISSING(WARN, "UEFI firmware",
            "OVMF is missing: guests with UEFI cannot be seen to boot.",
            "BOOT_FIRMWARE_MISSING",
            "apt-get install ovmf"),
    DATA_FOLDER_UNWRITABLE(FAIL, "data folder",
            "The server may not write to its data folder.",
            "DATA_FOLDER_UNUSABLE",
            "Run as the folder's owner, or choose another with --data."),
    DATA_FOLDER_FULL(FAIL, "data folder",
            "There is no room for the server's database.",
            "STORE_NOT_WRITABLE; No space left on device",
            "Free some GiB on the file system of <FILE>, or choose another with --data."),
    DATA_FOLDER_IN_MEMORY(WARN, "data folder",
            "The data folder lies in memory: migrations are forgotten when the machine restarts.",
            "a server that knows nothing after a restart",
            "Choose a folder on a disk with --data."),
    DATA_FOLDER_LOCKED(FAIL, "data folder",
            "Another process holds the data folder, and no server answers for it.",
            "STORE_FOLDER_IN_USE",
            "Wait if that is a server that is starting; else end the process, or choose another folder with --data."),
    SERVER_DIED(WARN, "data folder",
            "The server of this data folder was killed: it left its address, and its lock is free.",
            "no server answers; connection refused",
            "Start it again: godwit serve --data <FILE>. What was under way goes on from the journal."),
    TOKEN_EXPOSED(FAIL, "token",
            "Others than its owner may read the server's token.",
            "TOKEN_FILE_UNSAFE",
            "chmod 600 <FILE>; if others may have read it, remove the file instead: the server makes a new one."),
    TOKEN_UNREADABLE(WARN, "token",
            "This user may not read the server's token, so that no command will be let in.",
            "TOKEN_MISSING",
            "Run commands as the server's user, or give the token by GODWIT_TOKEN or --token-file."),
    PORT_TAKEN(FAIL, "port",
            "Something else listens where the server is to listen.",
            "Web server failed to start. Port 8899 was already in use",
            "End it, or start the server with another --port."),
    RUNTIME_FOLDER_MISSING(FAIL, "runtime folder",
            "XDG_RUNTIME_DIR names no folder, and the server wants to put its sockets there.",
            "RUNTIME_FOLDER_UNSAFE; su and cron keep or lack the variable of a login",
            "Log in anew, `loginctl enable-linger <USER>` for a service, or unset XDG_RUNTIME_DIR."),
    RUNTIME_FOLDER_FOREIGN(FAIL, "runtime folder",
            "The folder for the server's sockets belongs to somebody else.",
            "RUNTIME_FOLDER_UNSAFE",
            "Remove <FILE>, or name another short folder by the setting godwit.runtime-directory."),
    RUNTIME_FOLDER_FULL(FAIL, "runtime folder",
            "There is no room in the folder for sockets and for what virt-v2v puts aside while it converts.",
            "virt-v2v: write: No space left on device; /run/user/UID is full, which is a tenth of the memory",
            "Free 64 MiB on the file system of <FILE>, or name another short folder by the setting godwit.runtime-directory."),
    SERVER_REFUSES(FAIL, "server",
            "The server answers, and not as it should.",
            "an exit status of 4 or 5 from every command",
            "See the remedy that it gave, and the server's log."),
    DATABASE_UNREACHABLE(FAIL, "database",
            "The PostgreSQL does not answer.",
            "STORE_UNAVAILABLE; Connection refused; The server does not support SSL",
            "See whether it runs, and listens on that address (listen_addresses, port); mend the address of --database."),
    DATABASE_REFUSES(FAIL, "database",
            "The PostgreSQL does not let the server in.",
            "STORE_UNAVAILABLE; password authentication failed; no pg_hba.conf entry",
            "Give the role a password with \\password <USER> in psql, write the same into the file of --database-password-file, and see its line in pg_hba.conf."),
    DATABASE_MISSING(FAIL, "database",
            "The PostgreSQL has no such database.",
            "STORE_UNAVAILABLE; database does not exist",
            "createdb --owner <USER> NAME, or mend the name at the end of --database."),
    DATABASE_FOREIGN(FAIL, "database",
            "The server may not make its tables in this database.",
            "STORE_SCHEMA_UNFIT; permission denied for schema public",
            "Make the role its owner: alter database NAME owner to <USER>."),
    DATABASE_OLD(WARN, "database",
            "The PostgreSQL is older than the oldest that Godwit is tested with.",
            "statements that it does not know",
            "Bring it up to version 15 or later."),
    DATABASE_PASSWORD_HIDDEN(FAIL, "database",
            "This user may not read the file with the database's password.",
            "DATABASE_PASSWORD_UNREADABLE",
            "Give the file to the server's user (chmod 600), and name it by --database-password-file; by godwit.database.password-file for the server."),
    TEMPORARY_FOLDER_UNUSABLE(FAIL, "temporary folder",
            "The folder for temporary files cannot be used.",
            "mktemp: failed to create file; virt-v2v: cannot create temporary directory",
            "Unset TMPDIR, or let it name a folder that this user may write to."),
    TEMPORARY_FOLDER_FULL(FAIL, "temporary folder",
            "There is no room for temporary files.",
            "virt-v2v: insufficient free space in the conversion server temporary directory; No space left on device",
            "Free 1 GiB on the file system of <FILE>, or let TMPDIR name another folder."),
    POOL_MISSING(FAIL, "pool",
            "There is no such pool, and none can be made there.",
            "PROVIDER_URL_INVALID",
            "Mount the file system of the pool, or make its folder."),
    POOL_UNWRITABLE(FAIL, "pool",
            "Nothing can be written to the pool.",
            "POOL_UNUSABLE; Read-only file system; Permission denied",
            "Mount it writable, and give the folder to the server's user."),
    POOL_FULL(FAIL, "pool",
            "There is no room for a VM in the pool.",
            "CAPACITY_EXCEEDED, TARGET_FULL; No space left on device",
            "Free space on the file system of <FILE>, or register another pool."),
    POOL_IN_MEMORY(NOTE, "pool",
            "The pool lies in memory: VMs are lost when the machine restarts, and reading back proves no disk.",
            "an empty pool after a restart",
            "Use it for tries only."),
    OPEN_FILES_FEW(WARN, "open files",
            "A process of this user may open few files.",
            "Too many open files",
            "ulimit -n 65536 before the start; LimitNOFILE=65536 for a service; `* hard nofile 65536` in /etc/security/limits.conf for logins."),
    MEMORY_LITTLE(WARN, "memory",
            "There is little memory: a conversion takes about 2.5 GiB beside the server's 0.5 GiB.",
            "CONVERTER_NO_MEMORY, CONVERTER_KILLED; Killed; exit code 137",
            "Stop what else runs, or add memory; set godwit.limits.conversions=1."),
    MEMORY_LIMITED(WARN, "memory",
            "The memory of this container or service is limited to less than a conversion takes (about 2.5 GiB beside the server's 0.5 GiB).",
            "CONVERTER_KILLED, WORKER_LOST; OOMKilled; exit code 137",
            "Raise the limit (docker --memory, resources.limits.memory, MemoryMax=) to 4 GiB."),
    CLOCK_BEHIND(WARN, "clock",
            "The clock is before the day on which this Godwit was built.",
            "certificates that are not yet valid; times of migrations in the past",
            "Set it: timedatectl set-ntp true."),
    LOCALE_NOT_UTF8(WARN, "locale",
            "The locale is not UTF-8: files with umlauts and other such letters in their names cannot be opened.",
            "InvalidPathException: Malformed input or input contains unmappable characters",
            "export LC_ALL=C.UTF-8, and Environment=LC_ALL=C.UTF-8 for a service.");
    // @formatter:on

    private final Verdict verdict;
    private final String subject;
    private final String what;
    private final String seenAs;
    private final String remedy;

    Ailment(Verdict verdict, String subject, String what, String seenAs, String remedy) {
        this.verdict = verdict;
        this.subject = subject;
        this.what = what;
        this.seenAs = seenAs;
        this.remedy = remedy;
    }

    public Verdict verdict() {
        return verdict;
    }

    /// Empty where it is the name of the program that ails.
    public String subject() {
        return subject;
    }

    public String what() {
        return what;
    }

    /// What users, the tools and Godwit's faults say of it.
    public String seenAs() {
        return seenAs;
    }

    public String remedy() {
        return remedy;
    }

    /// @param where the file, folder, variable or address
    /// @param why what was seen there
    Finding at(Object where, String why) {
        return new Finding(verdict, subject, name(), what, where.toString(), why, remedy.replace("<FILE>", where.toString()));
    }
}
