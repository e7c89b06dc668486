-- A referral that the unit takes back.

alter table unit_actions
  -- Of an action about an earlier one: which, as the referral that is taken back.
  add column regarding_id uuid references unit_actions,
  add constraint unit_actions_recall_check check (kind <> 'recall' or regarding_id is not null);
-- Once.
create unique index unit_actions_regarding_key on unit_actions (regarding_id)
  where outcome = 'applied';

-- One more kind, beside those that other migrations may have added.
do $$
declare
  known text;
begin
  select pg_get_constraintdef(oid) into known from pg_constraint
  where conname = 'unit_actions_kind_check' and conrelid = 'unit_actions'::regclass;
  alter table unit_actions drop constraint unit_actions_kind_check;
  execute 'alter table unit_actions add constraint unit_actions_kind_check '
    || replace(known, 'ARRAY[', 'ARRAY[''recall''::text, ');
end $$;
