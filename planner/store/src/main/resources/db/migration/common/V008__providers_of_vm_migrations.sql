-- What VM migrations are counted by, also after their plan is gone. Those of plans that are gone before this stay without.

alter table vm_migration add column source_provider varchar(64) default '' not null;
alter table vm_migration add column destination_provider varchar(64) default '' not null;
update vm_migration v set
    source_provider = coalesce((select p.source_provider from plan p where p.id = v.plan), ''),
    destination_provider = coalesce((select p.destination_provider from plan p where p.id = v.plan), '');
