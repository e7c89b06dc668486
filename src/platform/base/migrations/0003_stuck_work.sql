-- What the sweep and the page of stuck work look for is found without reading whole tables.

-- Since when a letter's process waits for a retry.
alter table letters add column attention_since timestamptz;
update letters set attention_since = now() where needs_attention is not null;
alter table letters
  add constraint letters_attention_check
  check ((needs_attention is null) = (attention_since is null));

create index letters_unfinished_idx on letters (id)
  where status = 'pending' or (status = 'approved' and step <> 'closed');
create index letters_attention_idx on letters (attention_since) where needs_attention is not null;
create index messages_unsent_idx on messages (letter_id)
  where letter_id is not null and state <> 'sent';
create index unit_actions_open_idx on unit_actions (letter_id) where outcome is null;
-- All rows of a letter, delivered ones too.
create index outbox_letter_idx on outbox (letter_id, id);
-- The file store is compared with the record by the first digit of the keys.
create index files_shard_idx on files (left(storage_key, 1));
