package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.MAPPING_IN_USE;
import static io.godwit.engine.fault.EngineFault.MAPPING_NOT_FOUND;
import static io.godwit.engine.fault.EngineFault.NAME_TAKEN;
import static io.godwit.engine.fault.EngineFault.PLAN_IN_USE;
import static io.godwit.engine.fault.EngineFault.PLAN_NOT_FOUND;
import static io.godwit.engine.fault.EngineFault.PROVIDER_IN_USE;
import static io.godwit.engine.fault.EngineFault.PROVIDER_NOT_FOUND;
import static io.godwit.store.Transactions.pass;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.RecordJson;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What people registered, over JDBC. All that changes it passes one gate, so that what it looked at holds until it ends.
final class JdbcCatalogStore implements CatalogStore {
    private static final List<String> ENDED = Stream.of(Phase.values()).filter(Phase::ended).map(Phase::name).toList();

    private final Transactions transactions;
    private final SealedSecrets secrets;

    JdbcCatalogStore(Transactions transactions, SealedSecrets secrets) {
        this.transactions = transactions;
        this.secrets = secrets;
    }

    @Override
    public void createProvider(ProviderRow provider) {
        transactions.write("registering provider " + provider.name(), sql -> {
            pass(sql, "catalog");
            requireFree(sql, "provider", provider.name());
            sql.sql("insert into provider (id, name, body) values (?, ?, ?)")
                    .params(provider.id(), provider.name(), RecordJson.write(withSecrets(provider, Map.of())))
                    .update();
            secrets.putProvider(sql, provider.id(), provider.secrets());
            return true;
        });
    }

    @Override
    public Optional<ProviderRow> findProvider(String idOrName) {
        return transactions.read("reading provider " + idOrName,
                sql -> find(sql, "provider", ProviderRow.class, idOrName).map(provider -> withSecrets(sql, provider)));
    }

    @Override
    public List<ProviderRow> listProviders() {
        return transactions.read("listing providers",
                sql -> list(sql, "provider", ProviderRow.class).stream().map(provider -> withSecrets(sql, provider)).toList());
    }

    private ProviderRow withSecrets(JdbcClient sql, ProviderRow provider) {
        return withSecrets(provider, secrets.ofProvider(sql, provider.id()));
    }

    private static ProviderRow withSecrets(ProviderRow provider, Map<String, String> secrets) {
        return new ProviderRow(provider.id(), provider.name(), provider.role(), provider.type(), provider.url(), provider.settings(),
                secrets,
                provider.node());
    }

    @Override
    public boolean deleteProvider(String id) {
        return transactions.write("deleting provider " + id, sql -> {
            pass(sql, "catalog");
            for (var user : List.of("network_mapping", "storage_mapping", "plan")) {
                requireUnused(sql, PROVIDER_IN_USE, "provider " + id,
                        "select name from " + user + " where source_provider = :id or destination_provider = :id order by name", id);
            }
            requireUnused(sql, PROVIDER_IN_USE, "provider " + id,
                    "select copy_limit from copy_limit_provider where provider = :id order by copy_limit", id);
            sql.sql("delete from secret where provider = ?").param(id).update();
            return delete(sql, "provider", id);
        });
    }

    @Override
    public void createNetworkMapping(NetworkMapping mapping) {
        createMapping("network_mapping", mapping.id(), mapping.name(), mapping.sourceProvider(), mapping.destinationProvider(), mapping);
    }

    @Override
    public void createStorageMapping(StorageMapping mapping) {
        createMapping("storage_mapping", mapping.id(), mapping.name(), mapping.sourceProvider(), mapping.destinationProvider(), mapping);
    }

    private void createMapping(String table, String id, String name, String source, String destination, Record mapping) {
        transactions.write("creating mapping " + name, sql -> {
            pass(sql, "catalog");
            requireFree(sql, table, name);
            require(sql, PROVIDER_NOT_FOUND, "provider", source);
            require(sql, PROVIDER_NOT_FOUND, "provider", destination);
            return sql.sql("insert into " + table + " (id, name, source_provider, destination_provider, body) values (?, ?, ?, ?, ?)")
                    .params(id, name, source, destination, RecordJson.write(mapping))
                    .update();
        });
    }

    @Override
    public Optional<NetworkMapping> findNetworkMapping(String idOrName) {
        return transactions.read("reading mapping " + idOrName, sql -> find(sql, "network_mapping", NetworkMapping.class, idOrName));
    }

    @Override
    public Optional<StorageMapping> findStorageMapping(String idOrName) {
        return transactions.read("reading mapping " + idOrName, sql -> find(sql, "storage_mapping", StorageMapping.class, idOrName));
    }

    @Override
    public List<NetworkMapping> listNetworkMappings() {
        return transactions.read("listing mappings", sql -> list(sql, "network_mapping", NetworkMapping.class));
    }

    @Override
    public List<StorageMapping> listStorageMappings() {
        return transactions.read("listing mappings", sql -> list(sql, "storage_mapping", StorageMapping.class));
    }

    @Override
    public boolean deleteNetworkMapping(String id) {
        return deleteMapping("network_mapping", id);
    }

    @Override
    public boolean deleteStorageMapping(String id) {
        return deleteMapping("storage_mapping", id);
    }

    private boolean deleteMapping(String table, String id) {
        return transactions.write("deleting mapping " + id, sql -> {
            pass(sql, "catalog");
            requireUnused(sql, MAPPING_IN_USE, "mapping " + id, "select name from plan where " + table + " = :id order by name", id);
            return delete(sql, table, id);
        });
    }

    @Override
    public void createPlan(Plan plan, Map<String, Map<String, String>> keys) {
        transactions.write("creating plan " + plan.name(), sql -> {
            pass(sql, "catalog");
            requireFree(sql, "plan", plan.name());
            require(sql, PROVIDER_NOT_FOUND, "provider", plan.sourceProvider());
            require(sql, PROVIDER_NOT_FOUND, "provider", plan.destinationProvider());
            require(sql, MAPPING_NOT_FOUND, "network_mapping", plan.networkMapping());
            require(sql, MAPPING_NOT_FOUND, "storage_mapping", plan.storageMapping());
            sql.sql("""
                    insert into plan (id, name, source_provider, destination_provider, network_mapping, storage_mapping, body)
                    values (?, ?, ?, ?, ?, ?, ?)""")
                    .params(plan.id().value(), plan.name(), plan.sourceProvider(), plan.destinationProvider(), plan.networkMapping(),
                            plan.storageMapping(), RecordJson.write(plan))
                    .update();
            secrets.putKeys(sql, plan.id().value(), keys);
            return true;
        });
    }

    @Override
    public Map<String, String> guestKeys(PlanId plan, String vm) {
        return transactions.read("reading the keys of plan " + plan, sql -> secrets.keys(sql, plan.value(), vm));
    }

    @Override
    public Optional<Plan> findPlan(String idOrName) {
        return transactions.read("reading plan " + idOrName, sql -> find(sql, "plan", Plan.class, idOrName));
    }

    @Override
    public List<Plan> listPlans() {
        return transactions.read("listing plans", sql -> list(sql, "plan", Plan.class));
    }

    @Override
    public boolean deletePlan(String id) {
        return transactions.write("deleting plan " + id, sql -> {
            pass(sql, "catalog");
            pass(sql, "starts"); // so that none starts meanwhile
            var running = sql.sql("""
                    select v.id from vm_migration v join vm_status s on s.vm_migration = v.id
                    where v.plan = :plan and s.phase not in (:ended) order by v.number""")
                    .param("plan", id)
                    .param("ended", ENDED)
                    .query(String.class)
                    .list();
            if (!running.isEmpty()) {
                throw new FaultException(PLAN_IN_USE, "plan " + id + " cannot be deleted",
                        running.size() + " VM migrations of it have not ended, the first is " + running.getFirst());
            }
            return delete(sql, "plan", id);
        });
    }

    @Override
    public void putLimit(CopyLimit limit) {
        transactions.write("setting limit " + limit.name(), sql -> {
            pass(sql, "catalog");
            var providers = limit.scope().namedProviders().stream().distinct().toList();
            var plan = limit.scope().namedPlan();
            providers.forEach(provider -> require(sql, PROVIDER_NOT_FOUND, "provider", provider));
            plan.ifPresent(id -> require(sql, PLAN_NOT_FOUND, "plan", id));
            deleteLimit(sql, limit.name());
            sql.sql("insert into copy_limit (name, plan, body) values (?, ?, ?)")
                    .param(limit.name())
                    .param(plan.orElse(null))
                    .param(RecordJson.write(limit))
                    .update();
            providers.forEach(provider -> sql.sql("insert into copy_limit_provider (copy_limit, provider) values (?, ?)")
                    .params(limit.name(), provider)
                    .update());
            return true;
        });
    }

    @Override
    public Optional<CopyLimit> findLimit(String name) {
        return transactions.read("reading limit " + name, sql -> sql.sql("select body from copy_limit where name = ?")
                .param(name)
                .query((row, _) -> RecordJson.read(CopyLimit.class, row.getString(1)))
                .optional());
    }

    @Override
    public List<CopyLimit> listLimits() {
        return transactions.read("listing limits", sql -> list(sql, "copy_limit", CopyLimit.class));
    }

    @Override
    public boolean deleteLimit(String name) {
        return transactions.write("unsetting limit " + name, sql -> {
            pass(sql, "catalog");
            return deleteLimit(sql, name);
        });
    }

    private static boolean deleteLimit(JdbcClient sql, String name) {
        return sql.sql("delete from copy_limit where name = ?").param(name).update() == 1;
    }

    private static void requireFree(JdbcClient sql, String table, String name) {
        if (sql.sql("select count(*) from " + table + " where name = ?").param(name).query(Long.class).single() > 0) {
            throw new FaultException(NAME_TAKEN, "the name " + name + " cannot be used", "there is a " + word(table) + " of that name");
        }
    }

    private static void require(JdbcClient sql, EngineFault fault, String table, String id) {
        if (sql.sql("select count(*) from " + table + " where id = ?").param(id).query(Long.class).single() == 0) {
            throw new FaultException(fault, "there is no " + word(table) + " " + id, "the database has none of that id");
        }
    }

    private static void requireUnused(JdbcClient sql, EngineFault fault, String what, String query, String id) {
        var users = sql.sql(query).param("id", id).query(String.class).list();
        if (!users.isEmpty()) {
            throw new FaultException(fault, what + " cannot be deleted", "it is used by " + String.join(", ", users));
        }
    }

    private static <T extends Record> Optional<T> find(JdbcClient sql, String table, Class<T> type, String idOrName) {
        return Stream.of("id", "name")
                .flatMap(column -> sql.sql("select body from " + table + " where " + column + " = ?")
                        .param(idOrName)
                        .query((row, _) -> RecordJson.read(type, row.getString(1)))
                        .optional()
                        .stream())
                .findFirst();
    }

    private static <T extends Record> List<T> list(JdbcClient sql, String table, Class<T> type) {
        return sql.sql("select body from " + table + " order by name")
                .query((row, _) -> RecordJson.read(type, row.getString(1)))
                .list();
    }

    private static boolean delete(JdbcClient sql, String table, String id) {
        return sql.sql("delete from " + table + " where id = ?").param(id).update() == 1;
    }

    private static String word(String table) {
        return table.replace('_', ' ');
    }
}
