package io.godwit.engine.migration;

import io.godwit.engine.journal.Journal;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import java.util.List;

/// What the routes call. Carries ids only: what is lost here is claimed again when its lease has run out.
public interface VmMigrationRunner {
    /// Name of the push that journals commands and undoes steps; it has a route like a stage.
    String COMMANDS = Journal.COMMANDS;

    /// Every name that [Due#stage()] may have, in the order of the longest itinerary, [#COMMANDS] last: one route each.
    List<String> stages();

    /// Leases due VM migrations to this replica.
    List<Due> claimDue();

    /// Gives a leased VM migration one push: at most one call of one stage. A fault of the stage is a result, not an exception.
    Pushed execute(VmMigrationId id);

    /// Parks a leased VM migration with that fault, in place of [#execute]: its stage cannot be pushed here.
    Pushed park(VmMigrationId id, Fault fault);

    /// A VM migration leased to this replica, and the route that it goes to.
    record Due(VmMigrationId id, String stage) {}
}
