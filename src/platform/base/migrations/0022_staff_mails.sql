-- E-mail to staff.

alter table staff
  -- Sealed with the desk's key. Null: none.
  add column email text,
  -- Which e-mails the member wants.
  add column mail_kinds text[] not null default '{reminded,overdue,escalated,assigned,digest}';

create table staff_mails (
  -- Also of the Message-ID.
  id uuid primary key default gen_random_uuid(),
  staff_id uuid not null references staff,
  -- Null: a digest.
  letter_id uuid references letters,
  kind text not null constraint staff_mails_kind_check
    check (kind in ('reminded', 'overdue', 'escalated', 'assigned', 'digest')),
  -- What it tells of: nobody is told of the same twice.
  about text not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  sent_at timestamptz,
  -- It will not be sent; `last_error` says why.
  dropped_at timestamptz,
  last_error text,
  constraint staff_mails_about_key unique (staff_id, about),
  constraint staff_mails_letter_check check ((letter_id is null) = (kind = 'digest')),
  constraint staff_mails_end_check check (num_nonnulls(sent_at, dropped_at) <= 1)
);
create index staff_mails_open_idx on staff_mails (next_attempt_at)
  where sent_at is null and dropped_at is null;
