-- Hits of what is limited, per subject. Unlogged: counting costs no wait for the disk. A restart of
-- the desk or of the server keeps the rows; only a crash of the server forgets them.
create unlogged table rate_limits (
  name text not null,
  -- Keyed hash: no address and no user name can be read here.
  subject bytea not null,
  hits integer not null,
  ends_at timestamptz not null,
  primary key (name, subject)
);
create index rate_limits_ends_at_idx on rate_limits (ends_at);
