-- The end of the chain of entries of no letter is looked up with every sign-in. `letter_id is null`
-- does not lead through audit_entries_chain_key in order: without this all of them were read.
create unique index audit_entries_letterless_key on audit_entries (letter_seq)
  where letter_id is null;
