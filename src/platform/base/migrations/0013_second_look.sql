-- A reply that a second person looks at before its sender gets it.

alter table units
  -- Its replies wait for a second person.
  add column second_look boolean not null default false;

alter table letters
  -- The reply that waits for a second person. Without a reference: backup and restore need tables
  -- that refer to each other in one direction.
  add column held_reply_id uuid;
create index letters_held_reply_idx on letters (unit_id) where held_reply_id is not null;

alter table unit_actions
  -- Of a reply that waited: when its sender got it.
  add column released_at timestamptz,
  add constraint unit_actions_release_check
    check (kind not in ('release', 'rework') or regarding_id is not null);

-- More kinds, beside those that other migrations may have added.
do $$
declare
  known text;
begin
  select pg_get_constraintdef(oid) into known from pg_constraint
  where conname = 'unit_actions_kind_check' and conrelid = 'unit_actions'::regclass;
  alter table unit_actions drop constraint unit_actions_kind_check;
  execute 'alter table unit_actions add constraint unit_actions_kind_check '
    || replace(known, 'ARRAY[', 'ARRAY[''release''::text, ''rework''::text, ');
  select pg_get_constraintdef(oid) into known from pg_constraint
  where conname = 'unit_actions_internal_note_check' and conrelid = 'unit_actions'::regclass;
  alter table unit_actions drop constraint unit_actions_internal_note_check;
  execute 'alter table unit_actions add constraint unit_actions_internal_note_check '
    || replace(known, 'ARRAY[', 'ARRAY[''rework''::text, ');
end $$;
