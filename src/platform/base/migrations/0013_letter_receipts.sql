-- Public keys by which letter receipts are checked. Receipts themselves are not kept: they are made
-- from the record, and verify after the master secret was changed because their key stays here.

create table receipt_keys (
  -- First 8 bytes of the SHA-256 of the public key, as it stands in each receipt
  id bytea primary key check (octet_length(id) = 8),
  -- Ed25519, 32 bytes
  public_key bytea not null check (octet_length(public_key) = 32),
  first_used_at timestamptz not null default now()
);

create trigger receipt_keys_append_only
  before update or delete or truncate on receipt_keys for each statement
  execute function refuse_change('receipts that people hold are checked with it');
