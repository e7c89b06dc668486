-- Other systems: keys by which they read and decide, what they asked for once, and webhooks by which they are told.

create table api_keys (
  id uuid primary key,
  name text not null check (name <> ''),
  scope text not null constraint api_keys_scope_check check (scope in ('read', 'decide', 'admin')),
  -- Sees only what is registered and with this unit. Null: every letter.
  unit_id uuid references units,
  -- How the key begins; by it a key is found.
  prefix text not null constraint api_keys_prefix_key unique,
  -- SHA-256 of the whole key, which is nowhere kept
  key_hash bytea not null check (octet_length(key_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_on date,
  check (unit_id is null or scope <> 'admin')
);
-- Decisions are told by it.
create unique index api_keys_name_key on api_keys (name) where revoked_at is null;

-- What a key asked for under an Idempotency-Key, and how it was answered.
create table api_requests (
  key_id uuid not null references api_keys,
  idempotency_key text not null,
  -- SHA-256 of method, address and body
  request_hash bytea not null,
  asked_at timestamptz not null default now(),
  -- Somebody is at it until then.
  leased_until timestamptz,
  -- Null: it is not answered yet.
  status integer,
  answer jsonb,
  primary key (key_id, idempotency_key)
);
create index api_requests_asked_at_idx on api_requests (asked_at);

alter table decisions add column key_id uuid references api_keys;

alter table unit_actions
  alter column staff_id drop not null,
  add column key_id uuid references api_keys,
  add constraint unit_actions_actor_check check (num_nonnulls(staff_id, key_id) = 1);

alter table audit_entries drop constraint audit_entries_actor_kind_check;
alter table audit_entries add constraint audit_entries_actor_kind_check
  check (actor_kind in ('applicant', 'staff', 'engine', 'operator', 'key'));

-- The order in which other systems page through all letters.
create index letters_submitted_idx on letters (submitted_at, id);

-- Addresses of other systems that are told what happens to letters.
create table webhooks (
  id uuid primary key,
  url text not null check (url <> ''),
  -- Actions of the audit trail.
  events text[] not null check (cardinality(events) > 0),
  -- What they are signed with, sealed with the desk's key.
  secret text not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

-- What is told to whom; nothing of it is personal.
create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  webhook_id uuid not null references webhooks,
  letter_id uuid not null references letters,
  type text not null,
  -- When it happened, and how the letter stood then.
  at timestamptz not null,
  status text not null,
  step text,
  number text,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  delivered_at timestamptz,
  given_up_at timestamptz,
  last_status integer,
  last_error text,
  check (num_nonnulls(delivered_at, given_up_at) <= 1)
);
create index webhook_deliveries_open_idx on webhook_deliveries (next_attempt_at)
  where delivered_at is null and given_up_at is null;
create index webhook_deliveries_at_idx on webhook_deliveries (at);

-- Written in the transaction of what it tells, whoever writes that, older versions too.
create function tell_webhooks() returns trigger language plpgsql
  set search_path from current as $$
begin
  insert into webhook_deliveries (webhook_id, letter_id, type, at, status, step, number)
  select w.id, l.id, new.action, new.at, l.status, l.step, l.letter_number
  from webhooks w join letters l on l.id = new.letter_id
  where w.disabled_at is null and new.action = any(w.events);
  return null;
end $$;
create trigger audit_entries_webhooks after insert on audit_entries
  for each row when (new.letter_id is not null) execute function tell_webhooks();
