-- One decision about many letters: each letter is decided by its own row of `decisions`.
create table bulk_decisions (
  id uuid primary key,
  staff_id uuid not null references staff,
  kind text not null constraint bulk_decisions_kind_check check (kind in ('approve', 'reject', 'return')),
  created_at timestamptz not null default now(),
  cancelled_at timestamptz,
  ended_at timestamptz,
  -- When it is looked at next whether its workflow has to be started.
  next_start_at timestamptz not null default now()
);
create index bulk_decisions_open_idx on bulk_decisions (next_start_at) where ended_at is null;

create table bulk_decision_letters (
  bulk_id uuid not null references bulk_decisions,
  letter_id uuid not null references letters,
  position integer not null,
  round integer not null,
  -- The key of its decision: once more is the same decision.
  decision_id uuid not null constraint bulk_decision_letters_decision_key unique,
  -- Sealed with the letter's key; gone when the letter is done.
  reason text,
  -- Set when its turn comes: it can no longer be cancelled.
  begun_at timestamptz,
  outcome text constraint bulk_decision_letters_outcome_check
    check (outcome in ('decided', 'refused', 'cancelled')),
  refusal text,
  primary key (bulk_id, letter_id)
);
create index bulk_decision_letters_letter_idx on bulk_decision_letters (letter_id);
