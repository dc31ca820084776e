-- Secrets are sealed by AES-256-GCM with the key of a file. What is here before is sealed at the first start; `seal` tells the key.

create table seal (
    name varchar(20) primary key,
    content ${text} not null
);

alter table secret add column sealed boolean default false not null;

create table guest_key (
    plan varchar(64) not null references plan (id) on delete cascade,
    vm varchar(1024) not null,
    device varchar(255) not null,
    content ${text} not null,
    primary key (plan, vm, device)
);
