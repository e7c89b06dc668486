-- What was typed into a form that was sent after its session had ended, until its writer is back.

-- Whose session it was, for an hour after its end: the form is kept for nobody else.
create table ended_sessions (
  -- SHA-256 of the cookie's token; it opens nothing.
  token_hash bytea primary key,
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  ended_at timestamptz not null default now(),
  check (num_nonnulls(applicant_id, staff_id) = 1)
);
create index ended_sessions_ended_at_idx on ended_sessions (ended_at);

-- Whichever way a session ends: sign-out, on another device, by an administrator, by the sweep.
create function remember_ended_session() returns trigger language plpgsql as $$
begin
  insert into ended_sessions (token_hash, applicant_id, staff_id)
  values (old.token_hash, old.applicant_id, old.staff_id)
  on conflict (token_hash) do nothing;
  return null;
end $$;
create trigger sessions_remember_ended after delete on sessions
  for each row execute function remember_ended_session();

create table parked_forms (
  -- SHA-256 of a cookie of the browser in which it was typed.
  token_hash bytea not null,
  -- Where the form was sent, and the page that it stands on.
  path text not null,
  page text not null,
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  sealed text not null,
  parked_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  check (num_nonnulls(applicant_id, staff_id) = 1),
  primary key (token_hash, path)
);
create index parked_forms_expires_at_idx on parked_forms (expires_at);
create index parked_forms_applicant_idx on parked_forms (applicant_id, parked_at);
create index parked_forms_staff_idx on parked_forms (staff_id, parked_at);
