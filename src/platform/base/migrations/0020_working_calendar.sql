-- When the organisation works: deadlines are counted in it.

create table working_calendar (
  id boolean primary key default true check (id),
  -- Grows with every change, of hours or of a day: who changed what they did not see is told.
  version integer not null default 1
);
insert into working_calendar default values;

-- Minutes after midnight in the organisation's time zone; null: nobody works on that weekday.
create table working_hours (
  -- 0 = Sunday
  weekday smallint primary key check (weekday between 0 and 6),
  opens smallint check (opens >= 0),
  closes smallint check (closes <= 1440),
  check ((opens is null) = (closes is null) and (opens is null or opens < closes))
);
-- Saturday to Wednesday, 08:00 to 16:00.
insert into working_hours (weekday, opens, closes)
values (0, 480, 960), (1, 480, 960), (2, 480, 960), (3, 480, 960), (4, null, null),
  (5, null, null), (6, 480, 960);

-- Days that are not like the others of their weekday; without hours: a holiday.
create table calendar_days (
  day date primary key,
  opens smallint check (opens >= 0),
  closes smallint check (closes <= 1440),
  -- Why; shown to everybody whose deadline it moves.
  name text not null check (name <> ''),
  check ((opens is null) = (closes is null) and (opens is null or opens < closes))
);

-- What a deadline is counted from: the few entries of a letter's trail that start and stop its clock.
create index audit_entries_clock_idx on audit_entries (letter_id, id)
  where action in ('returned', 'resubmitted', 'replied');
