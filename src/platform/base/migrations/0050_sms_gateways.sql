-- Which gateway was given the message. While its outcome is unknown, no other may send it.
alter table messages add column gateway text;
-- When the gateway was last asked how the message fared; null: not yet, or it reports by itself.
alter table messages add column report_asked_at timestamptz;

create index messages_gateway_message_idx on messages (gateway, gateway_message_id)
  where gateway_message_id is not null;
