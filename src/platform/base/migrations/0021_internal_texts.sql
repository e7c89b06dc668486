-- What a unit writes for staff stands in a column of its own. Rows of before are left as they are.

alter table unit_actions drop constraint unit_actions_kind_check;
alter table unit_actions
  add column internal_note text,
  -- That had the letter when this was done; of before, only its name is known.
  add column acting_unit_id uuid references units,
  add constraint unit_actions_kind_check
    check (kind in ('update', 'note', 'refer', 'reply', 'close')),
  add constraint unit_actions_body_check
    check (body is null or kind in ('update', 'reply', 'close')) not valid,
  add constraint unit_actions_internal_note_check
    check (internal_note is null or kind in ('note', 'refer'));

-- Letters that a unit has referred to another one stay readable to it.
create index unit_actions_referred_idx on unit_actions (acting_unit_id, letter_id)
  where kind = 'refer' and outcome = 'applied';
