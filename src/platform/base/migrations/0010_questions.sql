-- Questions of a unit to the sender of a letter, and the answers.

alter table unit_actions
  -- Of an answer, or of a question that is taken back: which question.
  add column question_id uuid references unit_actions,
  drop constraint unit_actions_kind_check,
  drop constraint unit_actions_body_check,
  drop constraint unit_actions_actor_check;
alter table unit_actions
  add constraint unit_actions_kind_check
    check (kind in ('update', 'note', 'refer', 'reply', 'close', 'ask', 'unask', 'answer')),
  add constraint unit_actions_body_check
    check (body is null or kind in ('update', 'reply', 'close', 'ask', 'answer')),
  -- The sender's own actions are nobody else's.
  add constraint unit_actions_actor_check
    check (num_nonnulls(staff_id, key_id) = case when kind = 'answer' then 0 else 1 end),
  add constraint unit_actions_question_check
    check ((question_id is not null) = (kind in ('unask', 'answer')));
-- A question is answered or taken back, once.
create unique index unit_actions_question_key on unit_actions (question_id)
  where outcome = 'applied';

alter table letters
  -- The question that waits for the sender's answer, while the letter is with a unit. Without a
  -- reference: backup and restore need tables that refer to each other in one direction.
  add column open_question_id uuid;
