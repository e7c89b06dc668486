-- How staff prove who they are: passkeys, recovery codes, a first set-up, and their sessions.

alter table staff
  -- When the member chose the password; null: the operator did.
  add column password_changed_at timestamptz,
  -- Until when a password that the operator gave opens the first set-up; null: it is no such one.
  add column one_time_until timestamptz;

create table staff_passkeys (
  id uuid primary key,
  staff_id uuid not null references staff,
  credential_id bytea not null constraint staff_passkeys_credential_key unique,
  -- COSE
  public_key bytea not null,
  -- As the authenticator said last; 0: it does not count.
  sign_count bigint not null,
  transports text[] not null default '{}',
  name text not null check (name <> ''),
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index staff_passkeys_staff_idx on staff_passkeys (staff_id, created_at);

create table staff_recovery_codes (
  staff_id uuid not null references staff,
  -- HMAC-SHA-256 with a key that is not in the database
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  primary key (staff_id, code_hash)
);

-- A right password that is not a session yet: the second factor or the first set-up is missing.
-- Apart from `sessions`, so that nothing takes it for one.
create table staff_sign_ins (
  -- SHA-256 of the cookie's token
  token_hash bytea primary key,
  staff_id uuid not null references staff,
  -- What the second factor was proven by; null: not yet.
  second_factor text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index staff_sign_ins_staff_idx on staff_sign_ins (staff_id);

-- What a passkey has to sign. Taken away as it is answered, so each is good once.
create table passkey_challenges (
  -- SHA-256 of the token of the session or sign-in that asked
  bound_to bytea not null,
  purpose text not null check (purpose in ('sign_in', 'confirm', 'add')),
  challenge text not null,
  expires_at timestamptz not null,
  primary key (bound_to, purpose)
);

alter table sessions
  -- Names a session in forms; its token stays in its own browser.
  add column id uuid not null default gen_random_uuid() constraint sessions_id_key unique,
  add column user_agent text,
  -- Of staff: what the second factor was proven by.
  add column second_factor text,
  -- Of staff: when the person last proved who they are; null: longer ago than can be told.
  add column proven_at timestamptz;
create index sessions_staff_idx on sessions (staff_id) where staff_id is not null;
