-- An answered or closed letter that its sender reopens, and an answered one that closes by itself.

alter table letters
  -- How often its sender reopened it.
  add column reopened integer not null default 0 check (reopened >= 0),
  -- Until when its sender can reopen it; null: they cannot, or not any more.
  add column reopen_until timestamptz,
  -- When it was answered last, and when it closes by itself; null: it does not.
  add column answered_at timestamptz,
  add column closes_at timestamptz;
-- Closed letters whose process goes on until nobody can reopen them any more.
create index letters_reopenable_idx on letters (id)
  where step = 'closed' and reopen_until is not null;

alter table unit_actions
  drop constraint unit_actions_kind_check,
  drop constraint unit_actions_body_check,
  drop constraint unit_actions_actor_check;
alter table unit_actions
  add constraint unit_actions_kind_check check (kind in (
    'update', 'note', 'refer', 'reply', 'close', 'ask', 'unask', 'answer', 'reopen')),
  add constraint unit_actions_body_check
    check (body is null or kind in ('update', 'reply', 'close', 'ask', 'answer', 'reopen')),
  -- The sender's own actions are nobody else's.
  add constraint unit_actions_actor_check
    check (num_nonnulls(staff_id, key_id)
      = case when kind in ('answer', 'reopen') then 0 else 1 end);
