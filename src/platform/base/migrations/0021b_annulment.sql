-- An annulment is told to the engine and to the sender; why it was made may be said to staff alone.

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check check (kind in (
  'start', 'approve', 'reject', 'return', 'withdraw', 'resubmit', 'unitAction', 'annul', 'retry'));

-- Sealed with the letter's key, like `reason`.
alter table register_annulments add column internal_reason text;
