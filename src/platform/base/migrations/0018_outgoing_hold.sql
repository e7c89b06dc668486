-- After a restore nobody knows which messages left between the backup and the loss. While this row
-- is there, nothing is sent to the senders of letters; sign-in codes go.

create table outgoing_hold (
  -- One row at most.
  one boolean primary key default true constraint outgoing_hold_one_check check (one),
  since timestamptz not null default now(),
  why text not null check (why <> '')
);
