package io.godwit.cli.migrate;

import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.watch.VmView;
import java.util.ArrayList;
import java.util.List;

/// What a command that migrates ends with: a success that lacks its proof is none.
///
/// @param warnings what a person should know of a success
/// @param doubts what makes it none
public record Verdict(int exitStatus, List<String> warnings, List<String> doubts) {
    /// What these VMs, which have ended, come to.
    ///
    /// @param proofRequired whether a VM must have been seen to boot
    /// @param bootWanted whether the boot was to be checked at all
    /// @param unmet what is not as it was ordered, however well it ended
    public static Verdict of(List<VmView> vms, boolean proofRequired, boolean bootWanted, List<String> unmet) {
        var warnings = new ArrayList<String>();
        var doubts = new ArrayList<>(unmet);
        for (var vm : vms) {
            if (vm.phase().equals("Succeeded")) {
                lookAt(vm, proofRequired, bootWanted, warnings, doubts);
            }
        }
        boolean canceled = vms.stream().anyMatch(vm -> vm.phase().equals("Canceled"));
        boolean all = !vms.isEmpty() && vms.stream().allMatch(vm -> vm.phase().equals("Succeeded"));
        boolean failed = !doubts.isEmpty() || vms.stream().anyMatch(vm -> vm.phase().equals("Failed"));
        return new Verdict(failed || !(all || canceled) ? ExitStatus.FAILED : canceled ? ExitStatus.CANCELED : ExitStatus.OK,
                List.copyOf(warnings), List.copyOf(doubts));
    }

    private static void lookAt(VmView vm, boolean proofRequired, boolean bootWanted, List<String> warnings, List<String> doubts) {
        if (vm.definition().isBlank()) {
            doubts.add(vm.name() + ": it has no definition");
        }
        if (vm.disks().isEmpty()) {
            doubts.add(vm.name() + ": no disk was copied");
        }
        vm.disks().stream().filter(disk -> !disk.verified() || disk.sourceRoot().isBlank())
                .forEach(disk -> doubts.add(vm.name() + ": disk " + disk.key() + " was not verified"));
        var boot = vm.boot();
        if (boot == null) {
            if (bootWanted) {
                (proofRequired ? doubts : warnings).add(vm.name() + ": whether it boots was not checked");
            }
        } else if (boot.verdict().equals("failed")) {
            doubts.add(vm.name() + ": it was seen not to boot: " + boot.evidence());
        } else if (!boot.verdict().equals("booted")) {
            (proofRequired ? doubts : warnings).add(vm.name() + ": whether it boots is unproven: " + boot.evidence());
        }
    }
}
