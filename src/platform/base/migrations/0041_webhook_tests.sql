-- How the address answered when an administrator last tried it; null: never, or no answer.
alter table webhooks add column tested_at timestamptz;
alter table webhooks add column test_status integer;
alter table webhooks add column test_error text;
