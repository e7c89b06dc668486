-- Applicants look at their sessions; how many codes come to a sign-in is watched; staff prove again at
-- the identity provider who they are.

create index sessions_applicant_idx on sessions (applicant_id) where applicant_id is not null;
create index sign_in_challenges_created_idx on sign_in_challenges (created_at);

alter table single_sign_ons
  -- SHA-256 of the token of the session whose person proves again who they are; null: a sign-in.
  add column session_hash bytea,
  add column asked_at timestamptz not null default now();

alter table sessions
  -- Of staff: when the identity provider last said, asked anew, who they are; a second factor of the
  -- desk may still be missing.
  add column identity_proven_at timestamptz;
