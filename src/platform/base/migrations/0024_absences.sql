-- Members who are away, and who acts for them meanwhile.

create table staff_absences (
  id uuid primary key default gen_random_uuid(),
  staff_id uuid not null references staff,
  substitute_id uuid not null references staff,
  -- Gregorian, both in; `begins_at` and `ends_at` are the same in the organisation's time zone.
  first_day date not null,
  last_day date not null,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  created_at timestamptz not null default now(),
  cancelled_at timestamptz,
  constraint staff_absences_self_check check (staff_id <> substitute_id),
  constraint staff_absences_days_check check (first_day <= last_day and begins_at < ends_at)
);
create index staff_absences_staff_idx on staff_absences (staff_id) where cancelled_at is null;
create index staff_absences_substitute_idx on staff_absences (substitute_id)
  where cancelled_at is null;

-- Ids of the members for whom a substitute did it.
alter table decisions add column acting_for uuid[] not null default '{}';
alter table unit_actions add column acting_for uuid[] not null default '{}';
