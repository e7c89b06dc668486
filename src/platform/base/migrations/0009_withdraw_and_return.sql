-- A letter goes back to its sender to be corrected, or is withdrawn by its sender.

alter table letters
  -- How often it was sent: 1, and one more with each correction.
  add column round integer not null default 1 check (round > 0),
  -- What the newest return asked to be corrected. It stays when the letter is sent again.
  add column return_reason text,
  add column returned_at timestamptz,
  add column withdrawn_at timestamptz,
  add constraint letters_return_check
    check ((return_reason is null) = (returned_at is null)
      and (status <> 'returned' or returned_at is not null)),
  add constraint letters_withdrawn_check check ((status = 'withdrawn') = (withdrawn_at is not null));

create index letters_returned_idx on letters (returned_at) where status = 'returned';

create index letters_open_idx on letters (id)
  where status in ('pending', 'returned') or (status = 'approved' and step <> 'closed');

-- What the letter said in the rounds before the one that stands in `letters`.
create table letter_versions (
  letter_id uuid not null references letters,
  round integer not null,
  subject text not null,
  addressed_unit_id uuid not null references units,
  replaced_at timestamptz not null default now(),
  -- Made with the form of the correction that came after it: the same form again is no other round.
  form_key uuid,
  primary key (letter_id, round)
);

-- A letter's own file of each round that brought one; the newest is the letter's file.
alter table files add column round integer not null default 1 check (round > 0);
drop index files_letter_key;
create unique index files_letter_key on files (letter_id, round) where unit_action_id is null;

alter table decisions drop constraint decisions_kind_check;
alter table decisions
  add constraint decisions_kind_check check (kind in ('approve', 'reject', 'return', 'withdraw')),
  add constraint decisions_return_check check (kind <> 'return' or reason <> ''),
  -- Set when it is applied.
  add column round integer,
  -- A version that knows only approving and rejecting would take these for a rejection.
  add constraint decisions_round_check
    check (kind in ('approve', 'reject') or outcome is distinct from 'applied' or round is not null);

-- A letter is approved, rejected or withdrawn once, and returned once in a round.
drop index decisions_applied_key;
create unique index decisions_applied_key on decisions (letter_id)
  where outcome = 'applied' and kind <> 'return';
create unique index decisions_returned_key on decisions (letter_id, round)
  where outcome = 'applied' and kind = 'return';

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check check (kind in (
  'start', 'approve', 'reject', 'return', 'withdraw', 'resubmit', 'unitAction', 'retry'));
