-- When plans are to start; JSON is of RecordJson. What wakes a server at that time is Quartz'.

create table planned_start (
    plan varchar(64) primary key references plan (id) on delete cascade,
    migration varchar(64) not null,
    state varchar(20) not null,
    body ${text} not null
);
