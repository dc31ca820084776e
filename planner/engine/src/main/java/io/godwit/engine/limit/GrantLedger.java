package io.godwit.engine.limit;

import java.util.List;
import java.util.function.UnaryOperator;

/// Where the nodes over one database meet, so that what all of them grant together stays within the limits.
public interface GrantLedger {
    /// Replaces this node's grants by what the function makes of those of all other nodes; no other node does so at the same time. Grants of a node
    /// that was not seen for an hour and ten minutes are gone: by then its workers have stopped by themselves.
    ///
    /// @return what the function made
    List<CopyGrant> settle(String node, UnaryOperator<List<CopyGrant>> decide);

    /// Of a node that is alone.
    static GrantLedger alone() {
        return (_, decide) -> decide.apply(List.of());
    }
}
