package io.godwit.engine.testkit;

import io.godwit.engine.limit.GrantLedger;

class InMemoryGrantLedgerTest extends GrantLedgerContract {
    private final GrantLedger ledger = new InMemoryGrantLedger();

    @Override
    protected GrantLedger ledger() {
        return ledger;
    }
}
