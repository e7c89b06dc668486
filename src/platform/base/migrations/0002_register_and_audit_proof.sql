-- What is in the register and in the audit trail stays as it was written, and can be proved.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only, % is refused: %', tg_table_name, lower(tg_op), tg_argv[0]
    using errcode = 'insufficient_privilege';
end $$;

create trigger register_entries_append_only
  before update or delete or truncate on register_entries for each statement
  execute function refuse_change('a number once given stays, and may be annulled');

create trigger audit_entries_append_only
  before update or delete or truncate on audit_entries for each statement
  execute function refuse_change('what was done stays recorded');

-- A number that is not valid any more. Its entry stays.
create table register_annulments (
  register text not null,
  year integer not null,
  serial integer not null,
  reason text not null check (reason <> ''),
  annulled_by text not null,
  annulled_at timestamptz not null default now(),
  primary key (register, year, serial),
  foreign key (register, year, serial) references register_entries
);

create trigger register_annulments_append_only
  before update or delete or truncate on register_annulments for each statement
  execute function refuse_change('an annulment stays');

-- `first_serial` is where the paper book ended in `first_serial_year`; every other year starts at 1.
alter table registers add column first_serial_year integer;
-- `audit` stands for the audit trail among the published heads.
alter table registers add constraint registers_id_check
  check (id ~ '^[a-z0-9][a-z0-9-]{0,30}$' and id <> 'audit');

-- The register in which letters approved for the unit are entered.
alter table units add column register text not null default 'main' references registers;

-- The newest entry of each register, written out once a day: a row here says that it was done.
create table register_heads (
  register text not null,
  -- Of ORG_TIME_ZONE.
  day date not null,
  year integer not null,
  -- Of the audit trail: the last entry's id.
  serial bigint not null,
  hash text not null,
  published_at timestamptz not null,
  -- Null until REGISTER_HEAD_URL has taken it.
  posted_at timestamptz,
  primary key (register, day)
);

create trigger register_heads_stay
  before delete or truncate on register_heads for each statement
  execute function refuse_change('a published head stays');
create trigger register_heads_append_only
  before update of register, day, year, serial, hash, published_at on register_heads
  for each statement execute function refuse_change('a published head stays');

-- The audit trail of each letter is a chain of its own; entries of no letter form one more.
alter table audit_entries
  add column letter_seq integer,
  add column prev_hash text,
  add column hash text,
  -- Keyed hash of the address that the request came from; null when it is not known.
  add column from_hash text;

-- What `hash` is the SHA-256 of. The details stand in it as a hash of their own.
create function audit_canonical(entry audit_entries) returns text language sql stable as $$
  select json_build_array(
    entry.prev_hash, entry.letter_id, entry.letter_seq,
    to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor_kind, entry.actor, entry.action, entry.from_hash, entry.dedup_key,
    encode(sha256(convert_to(entry.details::text, 'UTF8')), 'hex'))::text
$$;

-- Every way of writing an entry gets its place in the chain here, whatever it asked for.
-- The letter's row is the lock: whoever changes the letter holds it already, and in that order.
create function chain_audit_entry() returns trigger language plpgsql
  set search_path from current as $$
declare
  last record;
begin
  -- Lets the publisher of heads wait until no lower id can appear any more; writers do not wait
  -- for each other here.
  perform pg_advisory_xact_lock_shared(4051203);
  if new.letter_id is null then
    perform pg_advisory_xact_lock(4051204);
    select letter_seq, hash into last from audit_entries
    where letter_id is null order by letter_seq desc limit 1;
  else
    perform 1 from letters where id = new.letter_id for no key update;
    select letter_seq, hash into last from audit_entries
    where letter_id = new.letter_id order by letter_seq desc limit 1;
  end if;
  -- The column's default was taken before the locks, and might be lower than one already published.
  new.id := nextval('audit_entries_id_seq');
  new.letter_seq := coalesce(last.letter_seq, 0) + 1;
  new.prev_hash := coalesce(last.hash, repeat('0', 64));
  new.hash := encode(sha256(convert_to(audit_canonical(new), 'UTF8')), 'hex');
  return new;
end $$;

-- Entries written before this migration, in their order.
do $$
declare
  entry audit_entries;
  before audit_entries;
begin
  execute 'alter table audit_entries disable trigger audit_entries_append_only';
  for entry in select * from audit_entries order by letter_id nulls first, id loop
    if before.id is not null and before.letter_id is not distinct from entry.letter_id then
      entry.letter_seq := before.letter_seq + 1;
      entry.prev_hash := before.hash;
    else
      entry.letter_seq := 1;
      entry.prev_hash := repeat('0', 64);
    end if;
    entry.hash := encode(sha256(convert_to(audit_canonical(entry), 'UTF8')), 'hex');
    update audit_entries
    set letter_seq = entry.letter_seq, prev_hash = entry.prev_hash, hash = entry.hash
    where id = entry.id;
    before := entry;
  end loop;
  execute 'alter table audit_entries enable trigger audit_entries_append_only';
end $$;

alter table audit_entries
  alter column letter_seq set not null,
  alter column prev_hash set not null,
  alter column hash set not null;
create unique index audit_entries_chain_key on audit_entries (letter_id, letter_seq)
  nulls not distinct;
create trigger audit_entries_chain before insert on audit_entries
  for each row execute function chain_audit_entry();
