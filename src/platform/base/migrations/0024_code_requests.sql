-- A browser that signed in with the number before has a limit of its own: strangers who ask for codes
-- cannot use it up.
alter table sign_in_challenges add column known_browser boolean not null default false;
-- When a code was last asked for, whether or not one was sent: the wait says nothing of the number.
alter table sign_in_challenges add column asked_at timestamptz not null default now();

-- Codes for the number of this session that were asked for and not typed before it began; null: few.
alter table sessions
  add column foreign_codes integer,
  add column foreign_codes_from timestamptz,
  add column foreign_codes_to timestamptz;
