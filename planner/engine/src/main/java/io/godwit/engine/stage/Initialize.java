package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.TargetChosen;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.model.migration.VmMigrationId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/// Reads the VM anew, and chooses once what the new one is called and known by.
public final class Initialize implements Stage {
    public static final String NAME = "Initialize";
    private static final int MAX_NAME = 63; // DNS-1123 label

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.INITIALIZE;
    }

    @Override
    public Outcome execute(StageContext context) {
        var ordered = context.order().vm();
        var vm = context.source().requireVm(ordered.id());
        if (vm.power() != PowerState.OFF && context.source().power().isEmpty()) {
            throw new FaultException(EngineFault.SOURCE_RUNNING, "VM " + vm.name(),
                    "it is " + vm.power() + " and its source cannot stop it");
        }
        var wanted = ordered.targetName();
        var name = fit(wanted == null ? vm.name() : wanted);
        if (context.destination().nameTaken(context.id(), name)) {
            throw new FaultException(EngineFault.TARGET_NAME_TAKEN, "target name " + name, "another VM of the destination has it");
        }
        context.record(new SourceRead(vm));
        if (context.find(TargetChosen.class).isEmpty()) {
            context.record(new TargetChosen(name, uuid(context.id(), "vm").toString(), macs(context.id(), vm)));
        }
        return new Completed();
    }

    /// The name as a DNS-1123 label: what every destination accepts.
    public static String fit(String name) {
        var label = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", "-").replaceAll("^-+", "");
        label = label.substring(0, Math.min(MAX_NAME, label.length())).replaceAll("-+$", "");
        if (label.isEmpty()) {
            throw new FaultException(EngineFault.TARGET_NAME_INVALID, "target name '" + name + "'", "it has no letter a-z and no digit");
        }
        return label;
    }

    private static Map<String, String> macs(VmMigrationId id, SourceVm vm) {
        var macs = new LinkedHashMap<String, String>();
        for (var nic : vm.nics()) {
            macs.put(nic.key(), nic.mac().isEmpty() ? mac(id, nic.key()) : nic.mac());
        }
        return macs;
    }

    private static String mac(VmMigrationId id, String nic) {
        var random = ByteBuffer.allocate(8).putLong(uuid(id, nic).getLeastSignificantBits()).array();
        return String.format("52:54:00:%02x:%02x:%02x", random[5], random[6], random[7]); // QEMU's range
    }

    private static UUID uuid(VmMigrationId id, String purpose) {
        return UUID.nameUUIDFromBytes((id + "/" + purpose).getBytes(StandardCharsets.UTF_8));
    }
}
