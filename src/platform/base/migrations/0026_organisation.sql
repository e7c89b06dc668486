-- Who uses the desk: written once by the first set-up.
create table organisation (
  only_row boolean primary key default true check (only_row),
  name text not null,
  set_up_at timestamptz not null default now()
);
