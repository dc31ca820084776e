-- Limits as people set them; JSON is of RecordJson.

create table copy_limit (
    name varchar(255) primary key,
    plan varchar(64) references plan (id) on delete cascade,
    body ${text} not null
);

create table copy_limit_provider (
    copy_limit varchar(255) not null references copy_limit (name) on delete cascade,
    provider varchar(64) not null references provider (id),
    primary key (copy_limit, provider)
);

-- What running copies were granted, by node: where several nodes meet, and of use only while copies run.

insert into gate values ('grants', 0);

create table copy_grant (
    vm_migration varchar(64) primary key,
    node varchar(255) not null,
    body ${text} not null,
    renewed_at timestamp(6) with time zone not null
);
create index copy_grant_of_node on copy_grant (node);
