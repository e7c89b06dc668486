-- Administration at the desk, and that nobody decides their own letter.

alter table staff
  -- E.164, sealed with the desk's key. Null: not told.
  add column mobile text,
  -- Grows with every change by an administrator: who changed what they did not see is told.
  add column version integer not null default 1;

alter table units add column version integer not null default 1;

create index audit_entries_actor_idx on audit_entries (actor, id desc);
create index audit_entries_action_idx on audit_entries (action, id desc);
create index audit_entries_at_idx on audit_entries (at, id desc);
