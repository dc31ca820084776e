package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;

import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import java.util.Optional;

/// Processors and memory of a VM.
final class VmCompute {
    private static final int MAX_CPUS = 4_096;
    private static final long MIN_MEMORY_BYTES = 1 << 20;
    private static final long MAX_MEMORY_BYTES = 1L << 47;

    private final OvfSystem system;
    private final String what;
    private final Concerns concerns;

    /// @param what the VM's name in faults
    VmCompute(OvfSystem system, String what, Concerns concerns) {
        this.system = system;
        this.what = what;
        this.concerns = concerns;
    }

    CpuTopology cpu() {
        var item = only(OvfItem.PROCESSOR, "processor");
        if (item.isEmpty()) {
            concerns.warning("ova.cpu.missing", "Number of CPUs not given", "The OVF has no processor; the VM gets one CPU.");
            return new CpuTopology(1, 1, 1);
        }
        var ovirt = ovirtTopology(item.get());
        if (ovirt.isPresent()) {
            return ovirt.get();
        }
        var cpus = OvfItem.wholeNumber(item.get().quantity());
        if (cpus.isEmpty() || cpus.getAsLong() < 1 || cpus.getAsLong() > MAX_CPUS) {
            throw OVA_OVF_INVALID.because(what + " has no usable number of CPUs",
                    "the OVF says '" + TarIndex.printable(item.get().quantity()) + "'");
        }
        var count = (int) cpus.getAsLong();
        var cores = OvfItem.wholeNumber(item.get().text("CoresPerSocket")).orElse(0); // 0: vSphere 8 decides at power-on
        if (cores > 0 && count % cores == 0) {
            return new CpuTopology((int) (count / cores), (int) cores, 1);
        }
        if (cores > 0) {
            concerns.warning("ova.cpu.topology", "CPU topology contradicts itself", "The OVF has " + count + " CPUs with " + cores
                    + " cores per socket; the VM gets one core per socket.");
        }
        return new CpuTopology(count, 1, 1);
    }

    /// Empty for other writers than oVirt; also where its numbers contradict the number of CPUs.
    private Optional<CpuTopology> ovirtTopology(OvfItem item) {
        var sockets = OvfItem.wholeNumber(item.text("num_of_sockets")).orElse(0);
        if (sockets == 0) {
            return Optional.empty();
        }
        var cores = OvfItem.wholeNumber(item.text("cpu_per_socket")).orElse(1);
        var threads = OvfItem.wholeNumber(item.text("threads_per_cpu")).orElse(1);
        var usable = sockets <= MAX_CPUS && cores >= 1 && cores <= MAX_CPUS && threads >= 1 && threads <= MAX_CPUS
                && sockets * cores * threads <= MAX_CPUS;
        var quantity = OvfItem.wholeNumber(item.quantity());
        if (usable && (quantity.isEmpty() || quantity.getAsLong() == sockets * cores * threads)) {
            return Optional.of(new CpuTopology((int) sockets, (int) cores, (int) threads));
        }
        concerns.warning("ova.cpu.topology", "CPU topology contradicts itself", "The OVF has '" + TarIndex.printable(item.quantity())
                + "' CPUs as " + sockets + " sockets of " + cores + " cores of " + threads + " threads; the VM gets one core per socket.");
        return Optional.empty();
    }

    long memoryBytes() {
        var item = only(OvfItem.MEMORY, "memory").orElseThrow(
                () -> OVA_OVF_INVALID.because(what + " has no usable amount of memory", "the OVF has no memory item"));
        // VMware reads an amount without units as megabytes
        var bytes = OvfUnits.bytes(item.quantity(), item.units().isEmpty() ? "byte * 2^20" : item.units());
        if (bytes.isEmpty() || bytes.getAsLong() < MIN_MEMORY_BYTES || bytes.getAsLong() > MAX_MEMORY_BYTES) {
            throw OVA_OVF_INVALID.because(what + " has no usable amount of memory", "the OVF says '"
                    + TarIndex.printable(item.quantity()) + "' in '" + TarIndex.printable(item.units()) + "'");
        }
        return bytes.getAsLong();
    }

    private Optional<OvfItem> only(int type, String kind) {
        var all = system.items().stream().filter(item -> item.type() == type).toList();
        if (all.size() > 1) {
            concerns.warning("ova.items.several", "The VM has an item more than once",
                    "The OVF has " + all.size() + " " + kind + " items; the first, " + all.getFirst().name() + ", counts.");
        }
        return all.stream().findFirst();
    }
}
