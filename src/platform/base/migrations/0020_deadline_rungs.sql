-- What happened because the deadline of a letter came near, and passed.

create table deadline_rungs (
  letter_id uuid not null references letters,
  -- Of the letter when it fired: an objection or a reopening begins a ladder of its own.
  round integer not null,
  rung text not null
    constraint deadline_rungs_rung_check check (rung in ('reminded', 'overdue', 'escalated')),
  -- That had the letter.
  unit_id uuid not null references units,
  -- When the working calendar had it due, and when it was written.
  due_at timestamptz not null,
  fired_at timestamptz not null default now(),
  constraint deadline_rungs_pkey primary key (letter_id, round, rung)
);
create trigger deadline_rungs_append_only
  before update or delete or truncate on deadline_rungs for each statement
  execute function refuse_change('what has fired stays recorded');

-- One more kind of what the engine is told, beside those that other migrations may have added.
do $$
declare
  known text;
begin
  select pg_get_constraintdef(oid) into known from pg_constraint
  where conname = 'outbox_kind_check' and conrelid = 'outbox'::regclass;
  alter table outbox drop constraint outbox_kind_check;
  execute 'alter table outbox add constraint outbox_kind_check '
    || replace(known, 'ARRAY[', 'ARRAY[''calendar''::text, ');
end $$;

-- A changed calendar may move a deadline to an earlier instant than the timer of its letter. Written in
-- the transaction of the change, whoever makes it.
create function tell_letters_of_calendar() returns trigger language plpgsql
  set search_path from current as $$
begin
  insert into outbox (letter_id, kind, payload)
  select id, 'calendar', '{}' from letters
  where status in ('pending', 'returned') or step = 'with_unit';
  return null;
end $$;
create trigger working_calendar_letters after update of version on working_calendar
  for each row execute function tell_letters_of_calendar();
