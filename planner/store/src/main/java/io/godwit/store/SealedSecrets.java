package io.godwit.store;

import static io.godwit.store.StoreFault.STORE_KEY_MISSING;
import static io.godwit.store.StoreFault.STORE_KEY_WRONG;
import static io.godwit.store.Transactions.pass;

import io.godwit.model.fault.FaultException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The secrets of the database, sealed by the key of a file. The database knows its key by one text that was sealed when the key was made.
final class SealedSecrets {
    private static final String CHECK = "check";
    private static final String CHECKED = "godwit";

    private final Seal seal;

    private SealedSecrets(Seal seal) {
        this.seal = seal;
    }

    /// Secrets, and whether some were sealed only now.
    record Opened(SealedSecrets secrets, boolean sealedNow) {}

    /// Makes the key for a database that has none, and seals what an earlier release left open.
    ///
    /// @throws FaultException `STORE_KEY_MISSING`, `STORE_KEY_WRONG`, `STORE_KEY_UNUSABLE`
    static Opened open(Transactions transactions, KeyFile file) {
        var known = transactions.read("looking for the seal of the database", SealedSecrets::check);
        var found = file.read();
        if (found.isEmpty() && known.isPresent()) {
            throw new FaultException(STORE_KEY_MISSING, "the secrets in the database cannot be opened",
                    "there is no key file " + file.path());
        }
        var secrets = new SealedSecrets(new Seal(found.orElseGet(file::create)));
        return transactions.write("sealing the secrets of the database", sql -> {
            pass(sql, "catalog");
            check(sql).ifPresentOrElse(text -> secrets.requireKey(text, file),
                    () -> sql.sql("insert into seal (name, content) values (?, ?)").params(CHECK, secrets.seal.seal(CHECK, CHECKED))
                            .update());
            return new Opened(secrets, secrets.sealOpenOnes(sql));
        });
    }

    private static Optional<String> check(JdbcClient sql) {
        return sql.sql("select content from seal where name = ?").param(CHECK).query(String.class).optional();
    }

    private void requireKey(String text, KeyFile file) {
        try {
            seal.open(CHECK, text);
        } catch (FaultException e) {
            throw new FaultException(STORE_KEY_WRONG, "the secrets in the database cannot be opened",
                    "they were sealed by another key than that in " + file.path());
        }
    }

    private boolean sealOpenOnes(JdbcClient sql) {
        record Row(String provider, String name, String content) {}
        var open = sql.sql("select provider, name, content from secret where sealed = false")
                .query((row, _) -> new Row(row.getString(1), row.getString(2), row.getString(3))).list();
        open.forEach(row -> sql.sql("update secret set content = ?, sealed = true where provider = ? and name = ?")
                .params(seal.seal(ofProvider(row.provider(), row.name()), row.content()), row.provider(), row.name()).update());
        return !open.isEmpty();
    }

    void putProvider(JdbcClient sql, String provider, Map<String, String> secrets) {
        secrets.forEach((name, content) -> sql.sql("insert into secret (provider, name, content, sealed) values (?, ?, ?, true)")
                .params(provider, name, seal.seal(ofProvider(provider, name), content)).update());
    }

    Map<String, String> ofProvider(JdbcClient sql, String provider) {
        var secrets = new TreeMap<String, String>();
        sql.sql("select name, content from secret where provider = ?").param(provider)
                .query(row -> {
                    secrets.put(row.getString(1), seal.open(ofProvider(provider, row.getString(1)), row.getString(2)));
                });
        return Map.copyOf(secrets);
    }

    void putKeys(JdbcClient sql, String plan, Map<String, Map<String, String>> keys) {
        keys.forEach((vm, devices) -> devices.forEach((device, key) -> sql
                .sql("insert into guest_key (plan, vm, device, content) values (?, ?, ?, ?)")
                .params(plan, vm, device, seal.seal(ofPlan(plan, vm, device), key)).update()));
    }

    Map<String, String> keys(JdbcClient sql, String plan, String vm) {
        var keys = new TreeMap<String, String>();
        sql.sql("select device, content from guest_key where plan = ? and vm = ?").params(plan, vm)
                .query(row -> {
                    keys.put(row.getString(1), seal.open(ofPlan(plan, vm, row.getString(1)), row.getString(2)));
                });
        return Map.copyOf(keys);
    }

    private static String ofProvider(String provider, String name) {
        return String.join("\n", "provider", provider, name);
    }

    private static String ofPlan(String plan, String vm, String device) {
        return String.join("\n", "plan", plan, vm, device);
    }
}
