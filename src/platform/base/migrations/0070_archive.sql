-- Pages cost the same however many letters the archive holds.

-- Lists of what is at its end, each in its order.
create index letters_with_unit_idx on letters (registered_at, id) where step = 'with_unit';
create index letters_ended_step_idx on letters (step, decided_at desc, id)
  where step in ('answered', 'closed');
create index letters_rejected_idx on letters (decided_at desc, id) where status = 'rejected';
create index letters_withdrawn_idx on letters (withdrawn_at desc, id) where status = 'withdrawn';

create index decisions_letter_idx on decisions (letter_id);
-- The same document sent again.
create index files_sha256_idx on files (sha256) where unit_action_id is null;

-- Counts of some months.
create index letters_decided_idx on letters (decided_at) where decided_at is not null;
create index audit_entries_returned_idx on audit_entries (at) where action = 'returned';
create index unit_actions_first_reply_idx on unit_actions (acted_at) where reply_number = 1;
create index register_entries_at_idx on register_entries (register, registered_at);

-- How many letters are in which queue of which unit: the sum of rows that nobody waits for. A sweep
-- adds them up from time to time.
create table letter_tallies (
  id bigint generated always as identity primary key,
  unit_id uuid not null,
  queue text not null,
  letters integer not null
);
insert into letter_tallies (unit_id, queue, letters)
select unit_id, coalesce(step, status), count(*) from letters group by 1, 2;

create function tally_letter() returns trigger language plpgsql
  -- Processes that run before their role may write tallies go on during an upgrade.
  security definer set search_path from current as $$
begin
  if tg_op = 'UPDATE' then
    if (old.unit_id, old.status, old.step) is not distinct from (new.unit_id, new.status, new.step) then
      return null;
    end if;
    insert into letter_tallies (unit_id, queue, letters)
    values (old.unit_id, coalesce(old.step, old.status), -1);
  end if;
  insert into letter_tallies (unit_id, queue, letters)
  values (new.unit_id, coalesce(new.step, new.status), 1);
  return null;
end $$;
create trigger letters_tally after insert or update of status, step, unit_id on letters
  for each row execute function tally_letter();
