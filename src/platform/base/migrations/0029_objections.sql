-- The sender of a rejected letter may object once; somebody else then decides it in a new round.

alter table letters
  -- Until when its rejection can be objected to; null: it cannot, or not any more.
  add column objection_until timestamptz,
  add column objection text,
  add column objected_at timestamptz,
  add constraint letters_objection_check
    check ((objection is null) = (objected_at is null)
      and (objection_until is null or (status = 'rejected' and objected_at is null)));

-- The process of a rejected letter goes on until nobody can object any more.
drop index letters_open_idx;
create index letters_open_idx on letters (id)
  where status in ('pending', 'returned') or (status = 'approved' and step <> 'closed')
    or objection_until is not null;

-- A letter is approved, rejected or withdrawn once in a round.
drop index decisions_applied_key;
create unique index decisions_applied_key on decisions (letter_id, round) nulls not distinct
  where outcome = 'applied' and kind <> 'return';

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check check (kind in (
  'start', 'approve', 'reject', 'return', 'withdraw', 'resubmit', 'objection', 'unitAction', 'annul',
  'retry'));
