-- The record of the desk. Instants are timestamptz; a registration date is also kept as issued.

create table units (
  id uuid primary key,
  name text not null check (name <> ''),
  created_at timestamptz not null default now(),
  retired_at timestamptz
);
create unique index units_name_key on units (name) where retired_at is null;

create table staff (
  id uuid primary key,
  username text not null constraint staff_username_key unique check (username = lower(username)),
  name text not null,
  role text not null check (role in ('reviewer', 'unit', 'admin', 'auditor')),
  password_hash text not null,
  totp_secret text,
  -- The last TOTP step that was accepted: a code works once.
  totp_last_step bigint not null default 0,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create table staff_units (
  staff_id uuid not null references staff,
  unit_id uuid not null references units,
  primary key (staff_id, unit_id)
);

create table applicants (
  id uuid primary key,
  -- E.164
  mobile text not null constraint applicants_mobile_key unique check (mobile ~ '^\+[0-9]{8,15}$'),
  created_at timestamptz not null default now()
);

create table sessions (
  -- SHA-256 of the cookie's token
  token_hash bytea primary key,
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check (num_nonnulls(applicant_id, staff_id) = 1)
);
create index sessions_expires_at_idx on sessions (expires_at);

-- A displayed security code is single use: its id is written here when it is answered.
create table used_captchas (
  id uuid primary key,
  expires_at timestamptz not null
);

create table sign_in_challenges (
  id uuid primary key,
  -- SHA-256 of the token in the browser's cookie: a code works only where it was asked for.
  token_hash bytea not null constraint sign_in_challenges_token_key unique,
  mobile text not null,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index sign_in_challenges_mobile_idx on sign_in_challenges (mobile, created_at);

-- The codes of a challenge: an earlier one stays good until its own end, for a late SMS.
create table sign_in_codes (
  id uuid primary key,
  challenge_id uuid not null references sign_in_challenges on delete cascade,
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sign_in_codes_challenge_idx on sign_in_codes (challenge_id);

create table letters (
  id uuid primary key,
  applicant_id uuid not null references applicants,
  submission_key uuid not null,
  sender_name text not null,
  subject text not null,
  -- The unit that the sender chose, and the one that has the letter now.
  addressed_unit_id uuid not null references units,
  unit_id uuid not null references units,
  status text not null default 'pending'
    check (status in ('pending', 'approved', 'rejected', 'returned', 'withdrawn')),
  step text check (step in ('with_unit', 'answered', 'closed')),
  submitted_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by text,
  rejection_reason text,
  letter_number text,
  tracking_code text constraint letters_tracking_code_key unique,
  registered_at timestamptz,
  -- Jalali date as issued, 1405/09/01: never computed again.
  registered_on text,
  needs_attention text,
  constraint letters_submission_key unique (applicant_id, submission_key),
  check ((status = 'approved') = (step is not null)),
  check ((status = 'approved') = (num_nonnulls(letter_number, tracking_code, registered_at, registered_on) = 4)),
  check (num_nonnulls(letter_number, tracking_code, registered_at, registered_on) in (0, 4)),
  check ((status = 'rejected') = (rejection_reason is not null)),
  check ((status in ('approved', 'rejected')) = (decided_at is not null))
);
create index letters_applicant_idx on letters (applicant_id, submitted_at desc);
create index letters_pending_idx on letters (submitted_at) where status = 'pending';
create index letters_unit_idx on letters (unit_id, registered_at desc) where status = 'approved';

-- What staff decided at the desk. `outcome` is null until the letter's workflow has taken it up.
create table decisions (
  id uuid primary key,
  letter_id uuid not null references letters,
  kind text not null check (kind in ('approve', 'reject')),
  unit_id uuid references units,
  reason text,
  staff_id uuid references staff,
  -- Shown to colleagues: the staff member's name, or what a signal from outside the desk said.
  decided_by text not null,
  decided_at timestamptz not null default now(),
  outcome text check (outcome in ('applied', 'superseded', 'refused')),
  refusal text,
  check (kind <> 'reject' or reason <> '')
);
-- One decision of the desk is under way for a letter, and one is applied.
create unique index decisions_open_key on decisions (letter_id) where outcome is null;
create unique index decisions_applied_key on decisions (letter_id) where outcome = 'applied';

create table unit_actions (
  id uuid primary key,
  letter_id uuid not null references letters,
  kind text not null check (kind in ('note', 'refer', 'reply', 'close')),
  unit_id uuid references units,
  body text,
  staff_id uuid not null references staff,
  acted_by text not null,
  -- Name of the unit that had the letter when this was done.
  acting_unit text not null,
  acted_at timestamptz not null default now(),
  outcome text check (outcome in ('applied', 'refused')),
  refusal text,
  -- 1, 2, … of an applied reply within its letter
  reply_number integer,
  check ((kind = 'refer') = (unit_id is not null)),
  constraint unit_actions_reply_key unique (letter_id, reply_number)
);
create index unit_actions_letter_idx on unit_actions (letter_id, acted_at);

create table files (
  id uuid primary key,
  letter_id uuid not null references letters,
  -- Null: the letter's own file.
  unit_action_id uuid references unit_actions,
  name text not null,
  type text not null check (type in ('docx', 'doc', 'pdf', 'jpg', 'png', 'tiff')),
  bytes bigint not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key text not null constraint files_storage_key unique,
  created_at timestamptz not null default now()
);
create unique index files_letter_key on files (letter_id) where unit_action_id is null;
create unique index files_unit_action_key on files (unit_action_id);

-- One register here; more are added by rows, each with its own template and first serial.
create table registers (
  id text primary key,
  template text not null,
  first_serial integer not null default 1 check (first_serial > 0)
);
insert into registers (id, template) values ('main', '{year}/{serial}');

-- Last serial given, per register and Jalali year. A row, not a sequence: a sequence leaves gaps.
create table register_counters (
  register text not null references registers,
  year integer not null,
  last_serial integer not null,
  primary key (register, year)
);

create table register_entries (
  register text not null references registers,
  year integer not null,
  serial integer not null,
  number text not null,
  letter_id uuid not null constraint register_entries_letter_key unique references letters,
  registered_at timestamptz not null,
  prev_hash text not null,
  hash text not null,
  primary key (register, year, serial),
  constraint register_entries_number_key unique (register, number)
);

create table messages (
  id uuid primary key,
  -- Null for a sign-in code.
  letter_id uuid references letters,
  kind text not null,
  -- The outcome that is told: a letter is told of each once.
  outcome_key text not null,
  recipient text not null,
  text text not null,
  params jsonb not null default '{}',
  state text not null default 'pending' check (state in ('pending', 'sending', 'sent', 'failed')),
  attempts integer not null default 0,
  gateway_message_id text,
  last_error text,
  created_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  sent_at timestamptz,
  constraint messages_outcome_key unique (letter_id, outcome_key)
);
create index messages_unsent_codes_idx on messages (next_attempt_at)
  where letter_id is null and state in ('pending', 'sending');
create index messages_created_at_idx on messages (created_at desc);

-- What the workflow engine still has to be told. Written with the change it tells of.
create table outbox (
  id bigint generated always as identity primary key,
  letter_id uuid not null references letters,
  kind text not null check (kind in ('start', 'approve', 'reject', 'unitAction', 'retry')),
  payload jsonb not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  done_at timestamptz
);
create index outbox_open_idx on outbox (letter_id, id) where done_at is null;

-- Who did what to which letter, when. The public part of it is the letter's timeline.
create table audit_entries (
  id bigint generated always as identity primary key,
  letter_id uuid references letters,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('applicant', 'staff', 'engine', 'operator')),
  actor text not null,
  action text not null,
  details jsonb not null default '{}',
  -- Makes an entry that a repeated activity writes the same entry.
  dedup_key text constraint audit_entries_dedup_key unique
);
create index audit_entries_letter_idx on audit_entries (letter_id, id);

create table process_heartbeats (
  role text not null,
  instance text not null,
  at timestamptz not null default now(),
  primary key (role, instance)
);
