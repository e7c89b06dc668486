-- A decision made in the desk can be taken back until it is applied.

alter table decisions
  -- When its undo window ends; null: it has none, as a decision of another system.
  add column applies_at timestamptz;

alter table decisions drop constraint decisions_outcome_check;
alter table decisions
  add constraint decisions_outcome_check
    check (outcome in ('applied', 'superseded', 'refused', 'undone')),
  add constraint decisions_undone_check check (outcome <> 'undone' or applies_at is not null);
