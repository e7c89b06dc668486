-- How a message fared after the gateway took it, as the gateway's receipts tell. `state` is about
-- handing it over, and knows nothing of this.
alter table messages
  add column delivery text check (delivery in ('sent', 'undelivered', 'delivered')),
  -- When the gateway says that it came about.
  add column delivery_at timestamptz,
  add column delivery_reason text;

create index messages_delivery_idx on messages (delivery_at) where delivery is not null;
