-- Who is working on a letter, so that it is handed to nobody else meanwhile. Unlogged and without a
-- reference, like letter_readers; the decision itself is guarded by decisions_open_key.
create unlogged table letter_claims (
  letter_id uuid primary key,
  staff_id uuid not null,
  expires_at timestamptz not null
);
create index letter_claims_expires_at_idx on letter_claims (expires_at);
