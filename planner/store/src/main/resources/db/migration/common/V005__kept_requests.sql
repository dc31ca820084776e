-- Requests that came with an Idempotency-Key, and their answers; of no use a day later.

drop table idempotency_key;

create table kept_request (
    request_key varchar(255) primary key,
    digest varchar(64) not null,
    seed varchar(64) not null,
    node varchar(255) not null,
    begun_at timestamp(6) with time zone not null,
    status int,
    content_type varchar(255),
    body ${text}
);
create index kept_request_by_age on kept_request (begun_at);
