-- What is personal stands sealed in the record. The columns keep their types: a sealed text begins
-- with `s1:`, one without it was written in clear by an older version.

-- One data key for each letter. Whoever destroys it has erased the letter's texts everywhere:
-- here, in the engine's histories, in the file store and in old backups.
create table letter_keys (
  letter_id uuid primary key references letters,
  -- Sealed with a key that derives from the master secret. Null: erased.
  sealed_key bytea,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  check ((sealed_key is null) = (erased_at is not null))
);
create index letter_keys_erased_idx on letter_keys (letter_id) where erased_at is not null;

create function keep_erased() returns trigger language plpgsql as $$
begin
  if old.erased_at is not null then
    raise exception 'the letter % is erased, its key does not come back', old.letter_id
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger letter_keys_stay_erased before update on letter_keys
  for each row execute function keep_erased();
create trigger letter_keys_are_kept before delete or truncate on letter_keys
  for each statement execute function refuse_change('a key is erased, its row stays');

-- A number is found by its keyed hash; `mobile` holds those that were written in clear.
alter table applicants
  alter column mobile drop not null,
  add column mobile_hash bytea constraint applicants_mobile_hash_key unique,
  add column mobile_sealed text,
  add column erased_at timestamptz,
  add constraint applicants_number_check
    check ((num_nonnulls(mobile, mobile_sealed) = 0) = (erased_at is not null));
create index applicants_clear_idx on applicants (id) where mobile is not null;

alter table sign_in_challenges add column mobile_hash bytea;
create index sign_in_challenges_hash_idx on sign_in_challenges (mobile_hash, created_at);

alter table messages add column recipient_hash bytea;

alter table files
  -- The key that the stored file is encrypted with, sealed with the letter's. Null: in clear.
  add column sealed_key text;
create index files_clear_idx on files (id) where sealed_key is null;

alter table letters
  -- Null: its texts were written in clear, and wait to be sealed.
  add column sealed_at timestamptz,
  -- When it came to its end: its time of retention begins here.
  add column ended_at timestamptz;
create index letters_unsealed_idx on letters (id) where sealed_at is null;
create index letters_ended_idx on letters (ended_at) where ended_at is not null;

create function note_letter_end() returns trigger language plpgsql as $$
begin
  new.ended_at := case when new.status in ('rejected', 'withdrawn') or new.step = 'closed'
    then coalesce(new.ended_at, now()) end;
  return new;
end $$;
update letters l set ended_at = case
    when status = 'rejected' then decided_at
    when step = 'closed' then coalesce((
      select max(a.acted_at) from unit_actions a
      where a.letter_id = l.id and a.kind = 'close' and a.outcome = 'applied'), decided_at)
  end
where status = 'rejected' or step = 'closed';
create trigger letters_end before insert or update of status, step on letters
  for each row execute function note_letter_end();
