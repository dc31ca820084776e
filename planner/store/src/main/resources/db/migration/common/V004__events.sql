-- Journal entries in the order in which they were committed: the gate is passed last and held until the commit, so numbers have no gaps and nothing
-- with a lower one is to come. Entries of before this release have none.

insert into gate values ('events', 0);
alter table journal add column event bigint;
create unique index journal_by_event on journal (event);
