-- Units that are asked for an internal opinion about a letter, which stays with its own unit.

create table consultations (
  id uuid primary key,
  -- By which it was asked; one action may ask several units.
  action_id uuid not null references unit_actions,
  letter_id uuid not null references letters,
  unit_id uuid not null references units,
  working_days integer not null
    constraint consultations_working_days_check check (working_days between 1 and 90),
  -- Null: the process of the letter has not taken it up, or has refused it.
  asked_at timestamptz,
  -- When its deadline passed, and the units were told.
  overdue_at timestamptz,
  ended_at timestamptz,
  -- `ended`: the letter was answered, closed or referred before the unit answered.
  outcome text constraint consultations_outcome_check
    check (outcome in ('answered', 'withdrawn', 'ended')),
  constraint consultations_end_check check ((ended_at is null) = (outcome is null)),
  constraint consultations_action_key unique (action_id, unit_id)
);
create unique index consultations_open_key on consultations (letter_id, unit_id)
  where asked_at is not null and ended_at is null;
create index consultations_letter_idx on consultations (letter_id);
create index consultations_unit_idx on consultations (unit_id, letter_id) where asked_at is not null;

alter table unit_actions
  -- Of an opinion, or of a request that is taken back: which request. Without a reference: tables refer
  -- to each other in one direction.
  add column consultation_id uuid;

-- More kinds beside those that other migrations may have added.
do $$
declare
  one record;
  known text;
begin
  for one in select * from (values
    ('unit_actions', 'unit_actions_kind_check', '''consult''::text, ''opine''::text, ''unconsult''::text'),
    ('unit_actions', 'unit_actions_internal_note_check', '''consult''::text, ''opine''::text'),
    ('staff_mails', 'staff_mails_kind_check', '''consulted''::text, ''consultation_overdue''::text')
  ) as more (of_table, name, kinds)
  loop
    select pg_get_constraintdef(oid) into known from pg_constraint
    where conname = one.name and conrelid = one.of_table::regclass;
    execute format('alter table %I drop constraint %I', one.of_table, one.name);
    execute format('alter table %I add constraint %I ', one.of_table, one.name)
      || replace(known, 'ARRAY[', 'ARRAY[' || one.kinds || ', ');
  end loop;
end $$;
alter table unit_actions add constraint unit_actions_consultation_check
  check ((consultation_id is not null) = (kind in ('opine', 'unconsult')));

alter table staff alter column mail_kinds set default
  '{reminded,overdue,escalated,assigned,consulted,consultation_overdue,digest}';
update staff set mail_kinds = mail_kinds || '{consulted,consultation_overdue}'
where 'assigned' = any(mail_kinds);
