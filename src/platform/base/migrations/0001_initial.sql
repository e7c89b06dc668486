-- The record of the desk. Instants are timestamptz; a registration date is also kept as issued.
-- A text that is called sealed is encrypted, and begins with `s1:`.

-- What must stay as it was written.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only, % is refused: %', tg_table_name, lower(tg_op), tg_argv[0]
    using errcode = 'insufficient_privilege';
end $$;

-- The organisation.

-- Names, hours and addresses in English are '' where the Persian ones stand for them.
create table organisation (
  only_row boolean primary key default true check (only_row),
  name text not null default 'سازمان نمونه',
  name_en text not null default '',
  colour text not null default '#0b5b66',
  -- PNG.
  logo bytea,
  logo_text text not null default '',
  logo_text_en text not null default '',
  help_phone text not null default '',
  help_hours text not null default '',
  help_hours_en text not null default '',
  address text not null default '',
  address_en text not null default '',
  version integer not null default 1
);
insert into organisation default values;

-- SMS and e-mails as administrators word them; a text without a row is the original.
create table message_texts (
  text text not null,
  locale text not null check (locale in ('fa', 'en')),
  -- Of an e-mail.
  subject text,
  -- Null: the original again.
  wording text,
  version integer not null,
  primary key (text, locale)
);

-- More registers are added by rows, each with its own template and first serial.
create table registers (
  -- `audit` stands for the audit trail among the published heads.
  id text primary key
    constraint registers_id_check check (id ~ '^[a-z0-9][a-z0-9-]{0,30}$' and id <> 'audit'),
  template text not null,
  -- Where the paper book ended in `first_serial_year`; every other year starts at 1.
  first_serial integer not null default 1 check (first_serial > 0),
  first_serial_year integer
);
insert into registers (id, template) values ('main', '{year}/{serial}');

create table units (
  id uuid primary key,
  name text not null check (name <> ''),
  -- The register in which letters approved for the unit are entered.
  register text not null default 'main' references registers,
  -- Grows with every change by an administrator, as in other tables: who changed what they did not
  -- see is told.
  version integer not null default 1,
  -- Its replies wait for a second person.
  second_look boolean not null default false,
  -- Its ladder, in working days; null: as the settings say.
  answer_days smallint check (answer_days between 0 and 365),
  remind_days smallint check (remind_days between 0 and 365),
  escalate_days smallint check (escalate_days between 0 and 365),
  created_at timestamptz not null default now(),
  retired_at timestamptz
);
create unique index units_name_key on units (name) where retired_at is null;

-- Reasons that reviewers pick.
create table stock_reasons (
  id uuid primary key,
  kind text not null constraint stock_reasons_kind_check check (kind in ('reject', 'return')),
  text text not null check (text <> ''),
  version integer not null default 1,
  -- Not now(): those of one transaction have an order too.
  created_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz
);
create unique index stock_reasons_text_key on stock_reasons (kind, text) where retired_at is null;

-- When the organisation works: deadlines are counted in it.
create table working_calendar (
  id boolean primary key default true check (id),
  -- Grows with every change, of hours or of a day.
  version integer not null default 1
);
insert into working_calendar default values;

-- Minutes after midnight in the organisation's time zone; null: nobody works on that weekday.
create table working_hours (
  -- 0 = Sunday
  weekday smallint primary key check (weekday between 0 and 6),
  opens smallint check (opens >= 0),
  closes smallint check (closes <= 1440),
  check ((opens is null) = (closes is null) and (opens is null or opens < closes))
);
-- Saturday to Wednesday, 08:00 to 16:00.
insert into working_hours (weekday, opens, closes)
values (0, 480, 960), (1, 480, 960), (2, 480, 960), (3, 480, 960), (4, null, null),
  (5, null, null), (6, 480, 960);

-- Days that are not like the others of their weekday; without hours: a holiday.
create table calendar_days (
  day date primary key,
  opens smallint check (opens >= 0),
  closes smallint check (closes <= 1440),
  -- Why; shown to everybody whose deadline it moves.
  name text not null check (name <> ''),
  check ((opens is null) = (closes is null) and (opens is null or opens < closes))
);

-- Staff, and how they prove who they are.

create table staff (
  id uuid primary key,
  username text not null constraint staff_username_key unique check (username = lower(username)),
  name text not null,
  role text not null check (role in ('reviewer', 'unit', 'head', 'admin', 'auditor')),
  -- E.164, sealed with the desk's key. Null: not told.
  mobile text,
  -- Sealed with the desk's key. Null: none.
  email text,
  -- Which e-mails the member wants.
  mail_kinds text[] not null default
    '{reminded,overdue,escalated,assigned,reply_held,consulted,consultation_overdue,substitution,digest}',
  password_hash text not null,
  -- When the member chose the password; null: the operator did.
  password_changed_at timestamptz,
  -- Until when a password that the operator gave opens the first set-up; null: it is no such one.
  one_time_until timestamptz,
  -- Sealed with the desk's key.
  totp_secret text,
  -- The last TOTP step that was accepted: a code works once.
  totp_last_step bigint not null default 0,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create table staff_units (
  staff_id uuid not null references staff,
  unit_id uuid not null references units,
  primary key (staff_id, unit_id)
);

-- Members who are away, and who acts for them meanwhile.

create table staff_absences (
  id uuid primary key default gen_random_uuid(),
  staff_id uuid not null references staff,
  substitute_id uuid not null references staff,
  -- Gregorian, both in; `begins_at` and `ends_at` are the same in the organisation's time zone.
  first_day date not null,
  last_day date not null,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  created_at timestamptz not null default now(),
  cancelled_at timestamptz,
  constraint staff_absences_self_check check (staff_id <> substitute_id),
  constraint staff_absences_days_check check (first_day <= last_day and begins_at < ends_at)
);
create index staff_absences_staff_idx on staff_absences (staff_id) where cancelled_at is null;
create index staff_absences_substitute_idx on staff_absences (substitute_id)
  where cancelled_at is null;

create table staff_passkeys (
  id uuid primary key,
  staff_id uuid not null references staff,
  credential_id bytea not null constraint staff_passkeys_credential_key unique,
  -- COSE
  public_key bytea not null,
  -- As the authenticator said last; 0: it does not count.
  sign_count bigint not null,
  transports text[] not null default '{}',
  name text not null check (name <> ''),
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index staff_passkeys_staff_idx on staff_passkeys (staff_id, created_at);

create table staff_recovery_codes (
  staff_id uuid not null references staff,
  -- HMAC-SHA-256 with a key that is not in the database
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  primary key (staff_id, code_hash)
);

-- Staff who sign in at the organisation's own identity provider (OpenID Connect).
create table staff_identities (
  issuer text not null,
  -- The provider's own name for the person; it does not change when the user name does.
  subject text not null,
  staff_id uuid not null references staff,
  primary key (issuer, subject),
  constraint staff_identities_staff_key unique (issuer, staff_id)
);

-- A right password that is not a session yet: the second factor or the first set-up is missing.
-- Apart from `sessions`, so that nothing takes it for one.
create table staff_sign_ins (
  -- SHA-256 of the cookie's token
  token_hash bytea primary key,
  staff_id uuid not null references staff,
  -- What the second factor was proven by; null: not yet.
  second_factor text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index staff_sign_ins_staff_idx on staff_sign_ins (staff_id);

-- What a passkey has to sign. Taken away as it is answered, so each is good once.
create table passkey_challenges (
  -- SHA-256 of the token of the session or sign-in that asked
  bound_to bytea not null,
  purpose text not null check (purpose in ('sign_in', 'confirm', 'add')),
  challenge text not null,
  expires_at timestamptz not null,
  primary key (bound_to, purpose)
);

-- A sign-in that is at the provider. Taken away as it comes back, so each is good once.
create table single_sign_ons (
  -- SHA-256 of the token in the browser's cookie
  token_hash bytea primary key,
  state text not null,
  nonce text not null,
  -- PKCE, RFC 7636
  code_verifier text not null,
  -- SHA-256 of the token of the session whose person proves again who they are; null: a sign-in.
  session_hash bytea,
  asked_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- Applicants, and how they prove that a number is theirs.

create table applicants (
  id uuid primary key,
  -- E.164, sealed with the desk's key; found by its keyed hash.
  mobile_sealed text,
  mobile_hash bytea constraint applicants_mobile_hash_key unique,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  constraint applicants_number_check
    check ((num_nonnulls(mobile_sealed, mobile_hash) = 2) = (erased_at is null)
      and num_nonnulls(mobile_sealed, mobile_hash) in (0, 2))
);

-- A displayed security code is single use: its id is written here when it is answered.
create table used_captchas (
  id uuid primary key,
  expires_at timestamptz not null
);

create table sign_in_challenges (
  id uuid primary key,
  -- SHA-256 of the token in the browser's cookie: a code works only where it was asked for.
  token_hash bytea not null constraint sign_in_challenges_token_key unique,
  -- Sealed with the desk's key.
  mobile text not null,
  mobile_hash bytea not null,
  attempts integer not null default 0,
  -- A browser that signed in with the number before has a limit of its own: strangers who ask for
  -- codes cannot use it up.
  known_browser boolean not null default false,
  created_at timestamptz not null default now(),
  -- When a code was last asked for, whether or not one was sent: the wait says nothing of the number.
  asked_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index sign_in_challenges_hash_idx on sign_in_challenges (mobile_hash, created_at);
create index sign_in_challenges_created_idx on sign_in_challenges (created_at);

-- The codes of a challenge: an earlier one stays good until its own end, for a late SMS.
create table sign_in_codes (
  id uuid primary key,
  challenge_id uuid not null references sign_in_challenges on delete cascade,
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sign_in_codes_challenge_idx on sign_in_codes (challenge_id);

-- Sessions, and what outlives them.

create table sessions (
  -- SHA-256 of the cookie's token
  token_hash bytea primary key,
  -- Names a session in forms; its token stays in its own browser.
  id uuid not null default gen_random_uuid() constraint sessions_id_key unique,
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- Of staff: what the second factor was proven by.
  second_factor text,
  -- Of staff: when the person last proved who they are; null: longer ago than can be told.
  proven_at timestamptz,
  -- Of staff: when the identity provider last said, asked anew, who they are; a second factor of the
  -- desk may still be missing.
  identity_proven_at timestamptz,
  -- Codes for the number of this session that were asked for and not typed before it began; null: few.
  foreign_codes integer,
  foreign_codes_from timestamptz,
  foreign_codes_to timestamptz,
  check (num_nonnulls(applicant_id, staff_id) = 1)
);
create index sessions_expires_at_idx on sessions (expires_at);
create index sessions_staff_idx on sessions (staff_id) where staff_id is not null;
create index sessions_applicant_idx on sessions (applicant_id) where applicant_id is not null;

-- Whose session it was, for an hour after its end: a form is kept for nobody else.
create table ended_sessions (
  -- SHA-256 of the cookie's token; it opens nothing.
  token_hash bytea primary key,
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  ended_at timestamptz not null default now(),
  check (num_nonnulls(applicant_id, staff_id) = 1)
);
create index ended_sessions_ended_at_idx on ended_sessions (ended_at);

-- Whichever way a session ends: sign-out, on another device, by an administrator, by the sweep.
create function remember_ended_session() returns trigger language plpgsql as $$
begin
  insert into ended_sessions (token_hash, applicant_id, staff_id)
  values (old.token_hash, old.applicant_id, old.staff_id)
  on conflict (token_hash) do nothing;
  return null;
end $$;
create trigger sessions_remember_ended after delete on sessions
  for each row execute function remember_ended_session();

-- What was typed into a form that was sent after its session had ended, until its writer is back.
create table parked_forms (
  -- SHA-256 of a cookie of the browser in which it was typed.
  token_hash bytea not null,
  -- Where the form was sent, and the page that it stands on.
  path text not null,
  page text not null,
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  sealed text not null,
  parked_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  check (num_nonnulls(applicant_id, staff_id) = 1),
  primary key (token_hash, path)
);
create index parked_forms_expires_at_idx on parked_forms (expires_at);
create index parked_forms_applicant_idx on parked_forms (applicant_id, parked_at);
create index parked_forms_staff_idx on parked_forms (staff_id, parked_at);

-- What was sent with a form that came back: kept for a while, so that nobody sends it twice.
create table held_uploads (
  id uuid primary key,
  -- Whose it is; nobody else can use it.
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  -- Of the form: a letter's submission key, or the key of a reply.
  form_key uuid not null,
  -- A letter has one file or several: their order.
  position smallint not null default 1 constraint held_uploads_position_check check (position > 0),
  -- Its name and the key that it is encrypted with.
  sealed text not null,
  type text not null check (type in ('docx', 'doc', 'pdf', 'jpg', 'png', 'tiff')),
  bytes bigint not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key text not null constraint held_uploads_storage_key unique,
  held_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check (num_nonnulls(applicant_id, staff_id) = 1),
  constraint held_uploads_form_key
    unique nulls not distinct (applicant_id, staff_id, form_key, position)
);
create index held_uploads_expires_at_idx on held_uploads (expires_at);

-- Hits of what is limited, per subject. Unlogged: counting costs no wait for the disk. A restart of
-- the desk or of the server keeps the rows; only a crash of the server forgets them.
create unlogged table rate_limits (
  name text not null,
  -- Keyed hash: no address and no user name can be read here.
  subject bytea not null,
  hits integer not null,
  ends_at timestamptz not null,
  primary key (name, subject)
);
create index rate_limits_ends_at_idx on rate_limits (ends_at);

-- Other systems: keys by which they read and decide.

create table api_keys (
  id uuid primary key,
  name text not null check (name <> ''),
  scope text not null constraint api_keys_scope_check check (scope in ('read', 'decide', 'admin')),
  -- Sees only what is registered and with this unit. Null: every letter.
  unit_id uuid references units,
  -- How the key begins; by it a key is found.
  prefix text not null constraint api_keys_prefix_key unique,
  -- SHA-256 of the whole key, which is nowhere kept
  key_hash bytea not null check (octet_length(key_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_on date,
  check (unit_id is null or scope <> 'admin')
);
-- Decisions are told by it.
create unique index api_keys_name_key on api_keys (name) where revoked_at is null;

-- What a key asked for under an Idempotency-Key, and how it was answered.
create table api_requests (
  key_id uuid not null references api_keys,
  idempotency_key text not null,
  -- SHA-256 of method, address and body
  request_hash bytea not null,
  asked_at timestamptz not null default now(),
  -- Somebody is at it until then.
  leased_until timestamptz,
  -- Null: it is not answered yet.
  status integer,
  answer jsonb,
  primary key (key_id, idempotency_key)
);
create index api_requests_asked_at_idx on api_requests (asked_at);

-- Letters.

create table letters (
  id uuid primary key,
  applicant_id uuid not null references applicants,
  submission_key uuid not null,
  -- Texts are sealed with the letter's key.
  sender_name text not null,
  -- Keyed hashes of the words of the name, by which the help desk finds its sender. Empty: erased.
  sender_words text[] not null default '{}',
  subject text not null,
  -- The unit that the sender chose, and the one that has the letter now.
  addressed_unit_id uuid not null references units,
  unit_id uuid not null references units,
  status text not null default 'pending'
    check (status in ('pending', 'approved', 'rejected', 'returned', 'withdrawn')),
  step text check (step in ('with_unit', 'answered', 'closed')),
  -- How often it was sent: 1, and one more with each correction and with the objection.
  round integer not null default 1 check (round > 0),
  submitted_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by text,
  rejection_reason text,
  -- Until when its rejection can be objected to; null: it cannot, or not any more.
  objection_until timestamptz,
  objection text,
  objected_at timestamptz,
  -- What the newest return asked to be corrected. It stays when the letter is sent again.
  return_reason text,
  returned_at timestamptz,
  withdrawn_at timestamptz,
  letter_number text,
  tracking_code text constraint letters_tracking_code_key unique,
  registered_at timestamptz,
  -- Jalali date as issued, 1405/09/01: never computed again.
  registered_on text,
  -- Why its process waits for a retry, and since when.
  needs_attention text,
  attention_since timestamptz,
  -- When it came to its end: its time of retention begins here.
  ended_at timestamptz,
  -- Without a reference, as held_reply_id: backup and restore need tables that refer to each other in
  -- one direction. The question that waits for the sender's answer.
  open_question_id uuid,
  -- The reply that waits for a second person.
  held_reply_id uuid,
  -- How often its sender reopened it.
  reopened integer not null default 0 check (reopened >= 0),
  -- Until when its sender can reopen it; null: they cannot, or not any more.
  reopen_until timestamptz,
  -- When it was answered last, and when it closes by itself; null: it does not.
  answered_at timestamptz,
  closes_at timestamptz,
  constraint letters_submission_key unique (applicant_id, submission_key),
  check ((status = 'approved') = (step is not null)),
  check ((status = 'approved') = (num_nonnulls(letter_number, tracking_code, registered_at, registered_on) = 4)),
  check (num_nonnulls(letter_number, tracking_code, registered_at, registered_on) in (0, 4)),
  check ((status = 'rejected') = (rejection_reason is not null)),
  check ((status in ('approved', 'rejected')) = (decided_at is not null)),
  constraint letters_return_check
    check ((return_reason is null) = (returned_at is null)
      and (status <> 'returned' or returned_at is not null)),
  constraint letters_withdrawn_check check ((status = 'withdrawn') = (withdrawn_at is not null)),
  constraint letters_objection_check
    check ((objection is null) = (objected_at is null)
      and (objection_until is null or (status = 'rejected' and objected_at is null))),
  constraint letters_attention_check
    check ((needs_attention is null) = (attention_since is null))
);
create index letters_applicant_idx on letters (applicant_id, submitted_at desc);
create index letters_sender_words_idx on letters using gin (sender_words);
-- The order in which other systems page through all letters.
create index letters_submitted_idx on letters (submitted_at, id);
create index letters_pending_idx on letters (submitted_at) where status = 'pending';
create index letters_unit_idx on letters (unit_id, registered_at desc) where status = 'approved';
create index letters_returned_idx on letters (returned_at) where status = 'returned';
create index letters_unfinished_idx on letters (id)
  where status = 'pending' or (status = 'approved' and step <> 'closed');
-- Those with a process under way; that of a rejected letter goes on until nobody can object any more.
create index letters_open_idx on letters (id)
  where status in ('pending', 'returned') or (status = 'approved' and step <> 'closed')
    or objection_until is not null;
create index letters_attention_idx on letters (attention_since) where needs_attention is not null;
create index letters_ended_idx on letters (ended_at) where ended_at is not null;
-- Closed letters whose process goes on until nobody can reopen them any more.
create index letters_reopenable_idx on letters (id)
  where step = 'closed' and reopen_until is not null;
create index letters_held_reply_idx on letters (unit_id) where held_reply_id is not null;
create index letters_number_idx on letters (letter_number) where letter_number is not null;
-- Letters are counted by where they stand without reading the letters themselves.
create index letters_state_idx on letters (status, step);
create index letters_decided_idx on letters (decided_at) where decided_at is not null;
-- Lists of what is at its end, each in its order.
create index letters_with_unit_idx on letters (registered_at, id) where step = 'with_unit';
create index letters_ended_step_idx on letters (step, decided_at desc, id)
  where step in ('answered', 'closed');
create index letters_rejected_idx on letters (decided_at desc, id) where status = 'rejected';
create index letters_withdrawn_idx on letters (withdrawn_at desc, id) where status = 'withdrawn';

-- A person's letters are given to another number: one member proposes it, another approves.
create table letter_moves (
  id uuid primary key,
  applicant_id uuid not null references applicants,
  -- Whose they become.
  to_applicant_id uuid not null references applicants,
  proposed_by uuid not null references staff,
  proposed_at timestamptz not null default now(),
  ended_by uuid references staff,
  ended_at timestamptz,
  outcome text constraint letter_moves_outcome_check
    check (outcome in ('moved', 'refused', 'withdrawn')),
  constraint letter_moves_other_check check (applicant_id <> to_applicant_id),
  constraint letter_moves_end_check check (num_nonnulls(ended_by, ended_at, outcome) in (0, 3)),
  constraint letter_moves_second_check
    check ((ended_by = proposed_by) = (outcome = 'withdrawn'))
);
create unique index letter_moves_open_key on letter_moves (applicant_id) where outcome is null;
create index letter_moves_person_idx on letter_moves (applicant_id);
create index letter_moves_to_idx on letter_moves (to_applicant_id);
create trigger letter_moves_are_kept before delete or truncate on letter_moves
  for each statement execute function refuse_change('who moved letters to whom stays');
create trigger letter_moves_append_only
  before update of id, applicant_id, to_applicant_id, proposed_by, proposed_at on letter_moves
  for each statement execute function refuse_change('a move stays as it was proposed');
create trigger letter_moves_stay_ended before update on letter_moves
  for each row when (old.outcome is not null)
  execute function refuse_change('a move ends once');

create function note_letter_end() returns trigger language plpgsql as $$
begin
  new.ended_at := case when new.status in ('rejected', 'withdrawn') or new.step = 'closed'
    then coalesce(new.ended_at, now()) end;
  return new;
end $$;
create trigger letters_end before insert or update of status, step on letters
  for each row execute function note_letter_end();

-- How many letters are in which queue of which unit: the sum of rows that nobody waits for. A sweep
-- adds them up from time to time.
create table letter_tallies (
  id bigint generated always as identity primary key,
  unit_id uuid not null,
  queue text not null,
  letters integer not null
);

create function tally_letter() returns trigger language plpgsql
  security definer set search_path from current as $$
begin
  if tg_op = 'UPDATE' then
    if (old.unit_id, old.status, old.step) is not distinct from (new.unit_id, new.status, new.step) then
      return null;
    end if;
    insert into letter_tallies (unit_id, queue, letters)
    values (old.unit_id, coalesce(old.step, old.status), -1);
  end if;
  insert into letter_tallies (unit_id, queue, letters)
  values (new.unit_id, coalesce(new.step, new.status), 1);
  return null;
end $$;
create trigger letters_tally after insert or update of status, step, unit_id on letters
  for each row execute function tally_letter();

-- One data key for each letter. Whoever destroys it has erased the letter's texts everywhere:
-- here, in the engine's histories, in the file store and in old backups.
create table letter_keys (
  letter_id uuid primary key references letters,
  -- Sealed with a key that derives from the master secret. Null: erased.
  sealed_key bytea,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  check ((sealed_key is null) = (erased_at is not null))
);
create index letter_keys_erased_idx on letter_keys (letter_id) where erased_at is not null;

create function keep_erased() returns trigger language plpgsql as $$
begin
  if old.erased_at is not null then
    raise exception 'the letter % is erased, its key does not come back', old.letter_id
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger letter_keys_stay_erased before update on letter_keys
  for each row execute function keep_erased();
create trigger letter_keys_are_kept before delete or truncate on letter_keys
  for each statement execute function refuse_change('a key is erased, its row stays');

-- What the letter said in the rounds before the one that stands in `letters`.
create table letter_versions (
  letter_id uuid not null references letters,
  round integer not null,
  sender_name text not null,
  subject text not null,
  addressed_unit_id uuid not null references units,
  replaced_at timestamptz not null default now(),
  -- Made with the form of the correction that came after it: the same form again is no other round.
  form_key uuid,
  primary key (letter_id, round)
);

-- Earlier letters that a letter names by their numbers.

create table letter_relations (
  letter_id uuid not null references letters,
  earlier_id uuid not null references letters,
  -- reference: «عطف به»; sequel: «پیرو».
  kind text not null constraint letter_relations_kind_check check (kind in ('reference', 'sequel')),
  -- Null: its sender named it.
  staff_id uuid references staff,
  added_at timestamptz not null default now(),
  constraint letter_relations_pkey primary key (letter_id, earlier_id, kind),
  constraint letter_relations_other_check check (letter_id <> earlier_id)
);
create index letter_relations_earlier_idx on letter_relations (earlier_id);

-- What staff decided at the desk. `outcome` is null until the letter's workflow has taken it up.
create table decisions (
  id uuid primary key,
  letter_id uuid not null references letters,
  kind text not null
    constraint decisions_kind_check check (kind in ('approve', 'reject', 'return', 'withdraw')),
  unit_id uuid references units,
  reason text,
  staff_id uuid references staff,
  key_id uuid references api_keys,
  -- Shown to colleagues: the staff member's name, or what a signal from outside the desk said.
  decided_by text not null,
  decided_at timestamptz not null default now(),
  -- When its undo window ends; null: it has none, as a decision of another system.
  applies_at timestamptz,
  outcome text constraint decisions_outcome_check
    check (outcome in ('applied', 'superseded', 'refused', 'undone')),
  -- The letter's, set when it is applied.
  round integer,
  refusal text,
  -- Ids of the members for whom a substitute did it.
  acting_for uuid[] not null default '{}',
  check (kind <> 'reject' or reason <> ''),
  constraint decisions_return_check check (kind <> 'return' or reason <> ''),
  constraint decisions_round_check check (outcome <> 'applied' or round is not null),
  constraint decisions_undone_check check (outcome <> 'undone' or applies_at is not null)
);
-- One decision of the desk is under way for a letter. In a round it is approved, rejected or
-- withdrawn once, and returned once.
create unique index decisions_open_key on decisions (letter_id) where outcome is null;
create unique index decisions_applied_key on decisions (letter_id, round)
  where outcome = 'applied' and kind <> 'return';
create unique index decisions_returned_key on decisions (letter_id, round)
  where outcome = 'applied' and kind = 'return';
create index decisions_letter_idx on decisions (letter_id);

-- Who is working on a letter, so that it is handed to nobody else meanwhile. Unlogged and without a
-- reference, like letter_readers; the decision itself is guarded by decisions_open_key.
create unlogged table letter_claims (
  letter_id uuid primary key,
  staff_id uuid not null,
  expires_at timestamptz not null
);
create index letter_claims_expires_at_idx on letter_claims (expires_at);

-- One decision about many letters: each letter is decided by its own row of `decisions`.
create table bulk_decisions (
  id uuid primary key,
  staff_id uuid not null references staff,
  kind text not null constraint bulk_decisions_kind_check check (kind in ('approve', 'reject', 'return')),
  created_at timestamptz not null default now(),
  cancelled_at timestamptz,
  ended_at timestamptz,
  -- When it is looked at next whether its workflow has to be started.
  next_start_at timestamptz not null default now()
);
create index bulk_decisions_open_idx on bulk_decisions (next_start_at) where ended_at is null;

create table bulk_decision_letters (
  bulk_id uuid not null references bulk_decisions,
  letter_id uuid not null references letters,
  position integer not null,
  round integer not null,
  -- The key of its decision: once more is the same decision.
  decision_id uuid not null constraint bulk_decision_letters_decision_key unique,
  -- Sealed with the letter's key; gone when the letter is done.
  reason text,
  -- Set when its turn comes: it can no longer be cancelled.
  begun_at timestamptz,
  outcome text constraint bulk_decision_letters_outcome_check
    check (outcome in ('decided', 'refused', 'cancelled')),
  refusal text,
  primary key (bulk_id, letter_id)
);
create index bulk_decision_letters_letter_idx on bulk_decision_letters (letter_id);

create table unit_actions (
  id uuid primary key,
  letter_id uuid not null references letters,
  kind text not null constraint unit_actions_kind_check
    check (kind in (
      'update', 'note', 'refer', 'recall', 'reply', 'release', 'rework', 'close', 'ask', 'unask', 'answer',
      'reopen', 'consult', 'opine', 'unconsult')),
  unit_id uuid references units,
  -- What the sender reads, and what only staff do.
  body text,
  internal_note text,
  staff_id uuid references staff,
  key_id uuid references api_keys,
  acted_by text not null,
  -- The unit that had the letter when this was done, and its name then.
  acting_unit_id uuid not null references units,
  acting_unit text not null,
  acted_at timestamptz not null default now(),
  outcome text check (outcome in ('applied', 'refused')),
  refusal text,
  -- 1, 2, … of an applied reply within its letter
  reply_number integer,
  -- Of a reply that waited: when its sender got it.
  released_at timestamptz,
  -- Of an answer, or of a question that is taken back: which question.
  question_id uuid references unit_actions,
  -- Of another action about an earlier one: which, as the referral that is taken back.
  regarding_id uuid references unit_actions,
  -- Of an opinion, or of a request that is taken back: which request. Without a reference: tables refer
  -- to each other in one direction.
  consultation_id uuid,
  -- Ids of the members for whom a substitute did it.
  acting_for uuid[] not null default '{}',
  -- Of a referral of an answered letter: its times then. Taken back, it has as long left as it had.
  answered_at timestamptz,
  closes_at timestamptz,
  reopen_until timestamptz,
  constraint unit_actions_answered_check
    check (kind = 'refer' or num_nonnulls(answered_at, closes_at, reopen_until) = 0),
  check ((kind = 'refer') = (unit_id is not null)),
  constraint unit_actions_reply_key unique (letter_id, reply_number),
  -- The sender's own actions are nobody else's.
  constraint unit_actions_actor_check
    check (num_nonnulls(staff_id, key_id) = case when kind in ('answer', 'reopen') then 0 else 1 end),
  constraint unit_actions_body_check
    check (body is null or kind in ('update', 'reply', 'close', 'ask', 'answer', 'reopen')),
  constraint unit_actions_internal_note_check
    check (internal_note is null or kind in ('note', 'refer', 'rework', 'consult', 'opine')),
  constraint unit_actions_question_check
    check ((question_id is not null) = (kind in ('unask', 'answer'))),
  constraint unit_actions_regarding_check
    check ((regarding_id is not null) = (kind in ('recall', 'release', 'rework'))),
  constraint unit_actions_consultation_check
    check ((consultation_id is not null) = (kind in ('opine', 'unconsult')))
);
-- A question is answered or taken back, once.
create unique index unit_actions_question_key on unit_actions (question_id)
  where outcome = 'applied';
create unique index unit_actions_regarding_key on unit_actions (regarding_id)
  where outcome = 'applied';
create index unit_actions_first_reply_idx on unit_actions (acted_at) where reply_number = 1;
create index unit_actions_letter_idx on unit_actions (letter_id, acted_at);
create index unit_actions_open_idx on unit_actions (letter_id) where outcome is null;
-- Letters that a unit has referred to another one stay readable to it.
create index unit_actions_referred_idx on unit_actions (acting_unit_id, letter_id)
  where kind = 'refer' and outcome = 'applied';

-- Units that are asked for an internal opinion about a letter, which stays with its own unit.

create table consultations (
  id uuid primary key,
  -- By which it was asked; one action may ask several units.
  action_id uuid not null references unit_actions,
  letter_id uuid not null references letters,
  unit_id uuid not null references units,
  working_days integer not null
    constraint consultations_working_days_check check (working_days between 1 and 90),
  -- Null: the process of the letter has not taken it up, or has refused it.
  asked_at timestamptz,
  -- When its deadline passed, and the units were told.
  overdue_at timestamptz,
  ended_at timestamptz,
  -- `ended`: the letter was answered, closed or referred before the unit answered.
  outcome text constraint consultations_outcome_check
    check (outcome in ('answered', 'withdrawn', 'ended')),
  constraint consultations_end_check check ((ended_at is null) = (outcome is null)),
  constraint consultations_action_key unique (action_id, unit_id)
);
create unique index consultations_open_key on consultations (letter_id, unit_id)
  where asked_at is not null and ended_at is null;
create index consultations_letter_idx on consultations (letter_id);
create index consultations_unit_idx on consultations (unit_id, letter_id) where asked_at is not null;

-- What happened because the deadline of a letter came near, and passed.

create table deadline_rungs (
  letter_id uuid not null references letters,
  -- Of the letter when it fired: an objection or a reopening begins a ladder of its own.
  round integer not null,
  rung text not null
    constraint deadline_rungs_rung_check check (rung in ('reminded', 'overdue', 'escalated')),
  -- That had the letter.
  unit_id uuid not null references units,
  -- When the working calendar had it due, and when it was written.
  due_at timestamptz not null,
  fired_at timestamptz not null default now(),
  constraint deadline_rungs_pkey primary key (letter_id, round, rung)
);
create trigger deadline_rungs_append_only
  before update or delete or truncate on deadline_rungs for each statement
  execute function refuse_change('what has fired stays recorded');

-- Staff who have a letter open, for their colleagues. Unlogged and without a reference: it locks no
-- letter, costs no wait for the disk, and is worth nothing a minute later.
create unlogged table letter_readers (
  letter_id uuid not null,
  staff_id uuid not null,
  seen_at timestamptz not null default now(),
  primary key (letter_id, staff_id)
);
create index letter_readers_seen_at_idx on letter_readers (seen_at);

-- Files of letters.

create table files (
  id uuid primary key,
  letter_id uuid not null references letters,
  -- Null: the letter's own file.
  unit_action_id uuid references unit_actions,
  -- Of the letter's own files: those of the newest round are the letter's files.
  round integer not null default 1 check (round > 0),
  -- A letter has one file or several: their order.
  position smallint not null default 1 constraint files_position_check check (position > 0),
  name text not null,
  type text not null check (type in ('docx', 'doc', 'pdf', 'jpg', 'png', 'tiff')),
  bytes bigint not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key text not null constraint files_storage_key unique,
  -- The key that the stored file is encrypted with, sealed with the letter's. Null: erased.
  sealed_key text,
  -- none: no scanner was set up when it came; waiting: closed until it has been scanned.
  scan text not null default 'none'
    constraint files_scan_check check (scan in ('none', 'waiting', 'clean', 'infected')),
  -- When the scanner last had a word on it.
  scanned_at timestamptz,
  -- What it holds beside its text, for those who read it.
  flags text[] not null default '{}',
  created_at timestamptz not null default now()
);
create unique index files_letter_key on files (letter_id, round, position)
  where unit_action_id is null;
create unique index files_unit_action_key on files (unit_action_id);
-- The file store is compared with the record by the first digit of the keys.
create index files_shard_idx on files (left(storage_key, 1));
create index files_waiting_idx on files (created_at) where scan = 'waiting';
-- The same document sent again.
create index files_sha256_idx on files (sha256) where unit_action_id is null;

-- Pictures of the pages of a letter's file, for who decides on it. A worker makes them, and they can
-- be made again from the file at any time.
create table previews (
  file_id uuid primary key references files,
  -- `text`: one piece in `preview_pages`, without width and height; `total_pages` is 1.
  kind text not null default 'pages'
    constraint previews_kind_check check (kind in ('pages', 'text')),
  asked_at timestamptz not null default now(),
  -- Somebody has the letter open and waits: it goes first.
  wanted_at timestamptz,
  -- A worker is at it until then.
  leased_until timestamptz,
  attempts int not null default 0,
  -- How often drawing took more than it may: each time doubles the patience.
  costly_tries smallint not null default 0,
  made_at timestamptz,
  -- There is more to draw.
  unfinished boolean not null default false,
  failed_at timestamptz,
  -- Why there is none, or no more of it: for good.
  why text constraint previews_why_check check (why in ('broken', 'costly')),
  -- Of the file; there are pictures of the first ones.
  total_pages int,
  -- Of a text: there is more of it than was kept.
  cut boolean not null default false,
  constraint previews_outcome_check check (made_at is null or failed_at is null),
  constraint previews_unfinished_check check (not unfinished or made_at is not null)
);
create index previews_open_idx on previews (costly_tries, wanted_at, asked_at)
  where failed_at is null and (made_at is null or unfinished);

create table preview_pages (
  file_id uuid not null references previews on delete cascade,
  -- 1, 2, …
  page int not null check (page > 0),
  width int not null,
  height int not null,
  bytes bigint not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key text not null constraint preview_pages_storage_key unique,
  -- That the picture is encrypted with, sealed with the letter's.
  sealed_key text not null,
  -- Quarter turns clockwise by which staff have set the page upright. The picture itself stays as drawn.
  turns smallint not null default 0 constraint preview_pages_turns_check check (turns between 0 and 3),
  primary key (file_id, page)
);

-- The register.

-- Last serial given, per register and Jalali year. A row, not a sequence: a sequence leaves gaps.
create table register_counters (
  register text not null references registers,
  year integer not null,
  last_serial integer not null,
  primary key (register, year)
);

create table register_entries (
  register text not null references registers,
  year integer not null,
  serial integer not null,
  number text not null,
  letter_id uuid not null constraint register_entries_letter_key unique references letters,
  registered_at timestamptz not null,
  prev_hash text not null,
  hash text not null,
  primary key (register, year, serial),
  constraint register_entries_number_key unique (register, number)
);
create index register_entries_at_idx on register_entries (register, registered_at);
create trigger register_entries_append_only
  before update or delete or truncate on register_entries for each statement
  execute function refuse_change('a number once given stays, and may be annulled');

-- A number that is not valid any more. Its entry stays.
create table register_annulments (
  register text not null,
  year integer not null,
  serial integer not null,
  -- Both are sealed with the letter's key; the second is for staff alone.
  reason text not null check (reason <> ''),
  internal_reason text,
  annulled_by text not null,
  annulled_at timestamptz not null default now(),
  primary key (register, year, serial),
  foreign key (register, year, serial) references register_entries
);
create trigger register_annulments_append_only
  before update or delete or truncate on register_annulments for each statement
  execute function refuse_change('an annulment stays');

-- The newest entry of each register, written out once a day: a row here says that it was done.
create table register_heads (
  register text not null,
  -- Of ORG_TIME_ZONE.
  day date not null,
  year integer not null,
  -- Of the audit trail: the last entry's id.
  serial bigint not null,
  hash text not null,
  published_at timestamptz not null,
  -- Null until REGISTER_CHECKPOINT_URL has taken it.
  posted_at timestamptz,
  primary key (register, day)
);
create trigger register_heads_stay
  before delete or truncate on register_heads for each statement
  execute function refuse_change('a published head stays');
create trigger register_heads_append_only
  before update of register, day, year, serial, hash, published_at on register_heads
  for each statement execute function refuse_change('a published head stays');

-- Public keys by which letter receipts are checked. Receipts themselves are not kept: they are made
-- from the record, and verify after the master secret was changed because their key stays here.
create table receipt_keys (
  -- First 8 bytes of the SHA-256 of the public key, as it stands in each receipt
  id bytea primary key check (octet_length(id) = 8),
  -- Ed25519, 32 bytes
  public_key bytea not null check (octet_length(public_key) = 32),
  first_used_at timestamptz not null default now()
);
create trigger receipt_keys_append_only
  before update or delete or truncate on receipt_keys for each statement
  execute function refuse_change('receipts that people hold are checked with it');

-- The audit trail.

-- Who did what to which letter, when. The public part of it is the letter's timeline. The entries
-- of each letter are a chain of their own; those of no letter form one more.
create table audit_entries (
  id bigint generated always as identity primary key,
  letter_id uuid references letters,
  letter_seq integer not null,
  at timestamptz not null default now(),
  actor_kind text not null constraint audit_entries_actor_kind_check
    check (actor_kind in ('applicant', 'staff', 'engine', 'operator', 'key')),
  actor text not null,
  action text not null,
  details jsonb not null default '{}',
  -- Keyed hash of the address that the request came from; null when it is not known.
  from_hash text,
  -- Makes an entry that a repeated activity writes the same entry.
  dedup_key text constraint audit_entries_dedup_key unique,
  prev_hash text not null,
  hash text not null
);
create unique index audit_entries_chain_key on audit_entries (letter_id, letter_seq)
  nulls not distinct;
-- The end of the chain of entries of no letter is looked up with every sign-in. `letter_id is null`
-- does not lead through audit_entries_chain_key in order: without this all of them were read.
create unique index audit_entries_letterless_key on audit_entries (letter_seq)
  where letter_id is null;
create index audit_entries_letter_idx on audit_entries (letter_id, id);
create index audit_entries_actor_idx on audit_entries (actor, id desc);
create index audit_entries_action_idx on audit_entries (action, id desc);
create index audit_entries_at_idx on audit_entries (at, id desc);
-- What a deadline is counted from: the few entries of a letter's trail that start and stop its clock.
create index audit_entries_clock_idx on audit_entries (letter_id, id)
  where action in ('returned', 'resubmitted', 'replied');
create index audit_entries_returned_idx on audit_entries (at) where action = 'returned';

-- What `hash` is the SHA-256 of. The details stand in it as a hash of their own.
create function audit_canonical(entry audit_entries) returns text language sql stable as $$
  select json_build_array(
    entry.prev_hash, entry.letter_id, entry.letter_seq,
    to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor_kind, entry.actor, entry.action, entry.from_hash, entry.dedup_key,
    encode(sha256(convert_to(entry.details::text, 'UTF8')), 'hex'))::text
$$;

-- Every way of writing an entry gets its place in the chain here, whatever it asked for.
-- The letter's row is the lock: whoever changes the letter holds it already, and in that order.
create function chain_audit_entry() returns trigger language plpgsql
  set search_path from current as $$
declare
  last record;
begin
  -- Lets the publisher of heads wait until no lower id can appear any more; writers do not wait
  -- for each other here.
  perform pg_advisory_xact_lock_shared(4051203);
  if new.letter_id is null then
    perform pg_advisory_xact_lock(4051204);
    select letter_seq, hash into last from audit_entries
    where letter_id is null order by letter_seq desc limit 1;
  else
    perform 1 from letters where id = new.letter_id for no key update;
    select letter_seq, hash into last from audit_entries
    where letter_id = new.letter_id order by letter_seq desc limit 1;
  end if;
  -- The column's default was taken before the locks, and might be lower than one already published.
  new.id := nextval('audit_entries_id_seq');
  new.letter_seq := coalesce(last.letter_seq, 0) + 1;
  new.prev_hash := coalesce(last.hash, repeat('0', 64));
  new.hash := encode(sha256(convert_to(audit_canonical(new), 'UTF8')), 'hex');
  return new;
end $$;
create trigger audit_entries_chain before insert on audit_entries
  for each row execute function chain_audit_entry();
create trigger audit_entries_append_only
  before update or delete or truncate on audit_entries for each statement
  execute function refuse_change('what was done stays recorded');

-- What leaves the desk: to the engine, to senders, to other systems.

-- What the workflow engine still has to be told. Written with the change it tells of.
create table outbox (
  id bigint generated always as identity primary key,
  letter_id uuid not null references letters,
  kind text not null constraint outbox_kind_check check (kind in (
    'start', 'approve', 'reject', 'return', 'withdraw', 'resubmit', 'objection', 'unitAction',
    'annul', 'calendar', 'retry')),
  payload jsonb not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  done_at timestamptz
);
create index outbox_open_idx on outbox (letter_id, id) where done_at is null;
-- All rows of a letter, delivered ones too.
create index outbox_letter_idx on outbox (letter_id, id);

-- A changed calendar may move a deadline to an earlier instant than the timer of its letter. Written in
-- the transaction of the change, whoever makes it; in one order, for each row locks its letter.
create function signal_calendar_change() returns trigger language plpgsql
  set search_path from current as $$
begin
  insert into outbox (letter_id, kind, payload)
  select id, 'calendar', '{}' from letters
  where status in ('pending', 'returned') or step = 'with_unit'
  order by id;
  return null;
end $$;
create trigger working_calendar_letters after update of version on working_calendar
  for each row execute function signal_calendar_change();

-- The same of a changed ladder of a unit, for its letters.
create function signal_unit_deadlines() returns trigger language plpgsql
  set search_path from current as $$
begin
  insert into outbox (letter_id, kind, payload)
  select id, 'calendar', '{}' from letters
  where unit_id = new.id and (status in ('pending', 'returned') or step = 'with_unit')
  order by id;
  return null;
end $$;
create trigger units_ladder_letters after update on units for each row
  when ((old.answer_days, old.remind_days, old.escalate_days)
    is distinct from (new.answer_days, new.remind_days, new.escalate_days))
  execute function signal_unit_deadlines();

create table messages (
  id uuid primary key,
  -- Null for a sign-in code.
  letter_id uuid references letters,
  kind text not null,
  -- The outcome that is told: a letter is told of each once.
  outcome_key text not null,
  -- Sealed with the letter's key, a code's with the desk's; found by the number's keyed hash.
  recipient text not null,
  recipient_hash bytea,
  text text not null,
  params jsonb not null default '{}',
  state text not null default 'pending' check (state in ('pending', 'sending', 'sent', 'failed')),
  attempts integer not null default 0,
  -- Which gateway was given the message. While its outcome is unknown, no other may send it.
  gateway text,
  gateway_message_id text,
  -- When the gateway was last asked how the message fared; null: not yet, or it reports by itself.
  report_asked_at timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  sent_at timestamptz,
  -- How it fared after the gateway took it, as the gateway's receipts tell. `state` is about handing
  -- it over, and knows nothing of this.
  delivery text check (delivery in ('sent', 'undelivered', 'delivered')),
  -- When the gateway says that it came about.
  delivery_at timestamptz,
  delivery_reason text,
  constraint messages_outcome_key unique (letter_id, outcome_key)
);
create index messages_created_at_idx on messages (created_at desc);
create index messages_unsent_codes_idx on messages (next_attempt_at)
  where letter_id is null and state in ('pending', 'sending');
create index messages_unsent_idx on messages (letter_id)
  where letter_id is not null and state <> 'sent';
create index messages_delivery_idx on messages (delivery_at) where delivery is not null;
create index messages_gateway_message_idx on messages (gateway, gateway_message_id)
  where gateway_message_id is not null;

-- E-mail to staff.
create table staff_mails (
  -- Also of the Message-ID.
  id uuid primary key default gen_random_uuid(),
  staff_id uuid not null references staff,
  -- Null: it is about no one letter.
  letter_id uuid references letters,
  kind text not null constraint staff_mails_kind_check
    check (kind in (
      'reminded', 'overdue', 'escalated', 'assigned', 'reply_held', 'consulted',
      'consultation_overdue', 'substitution', 'digest')),
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
  constraint staff_mails_letter_check check ((letter_id is null) = (kind in ('substitution', 'digest'))),
  constraint staff_mails_end_check check (num_nonnulls(sent_at, dropped_at) <= 1)
);
create index staff_mails_open_idx on staff_mails (next_attempt_at)
  where sent_at is null and dropped_at is null;

-- After a restore nobody knows which messages left between the backup and the loss. While this row
-- is there, nothing is sent to the senders of letters; sign-in codes go.
create table outgoing_hold (
  -- One row at most.
  one boolean primary key default true constraint outgoing_hold_one_check check (one),
  since timestamptz not null default now(),
  why text not null check (why <> '')
);

-- Addresses of other systems that are told what happens to letters.
create table webhooks (
  id uuid primary key,
  url text not null check (url <> ''),
  -- Actions of the audit trail.
  events text[] not null check (cardinality(events) > 0),
  -- What they are signed with, sealed with the desk's key.
  secret text not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  -- How the address answered when an administrator last tried it; null: never, or no answer.
  tested_at timestamptz,
  test_status integer,
  test_error text
);

-- What is told to whom; nothing of it is personal.
create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  webhook_id uuid not null references webhooks,
  letter_id uuid not null references letters,
  type text not null,
  actor_kind text not null,
  -- When it happened, and how the letter stood then.
  at timestamptz not null,
  status text not null,
  step text,
  number text,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  delivered_at timestamptz,
  given_up_at timestamptz,
  last_status integer,
  last_error text,
  check (num_nonnulls(delivered_at, given_up_at) <= 1)
);
create index webhook_deliveries_open_idx on webhook_deliveries (next_attempt_at)
  where delivered_at is null and given_up_at is null;
create index webhook_deliveries_at_idx on webhook_deliveries (at);

-- Written in the transaction of what it tells, whoever writes that.
create function tell_webhooks() returns trigger language plpgsql
  set search_path from current as $$
begin
  insert into webhook_deliveries (webhook_id, letter_id, type, actor_kind, at, status, step, number)
  select w.id, l.id, new.action, new.actor_kind, new.at, l.status, l.step, l.letter_number
  from webhooks w join letters l on l.id = new.letter_id
  where w.disabled_at is null and new.action = any(w.events);
  return null;
end $$;
create trigger audit_entries_webhooks after insert on audit_entries
  for each row when (new.letter_id is not null) execute function tell_webhooks();

-- The desk's own processes.

create table process_heartbeats (
  role text not null,
  instance text not null,
  at timestamptz not null default now(),
  primary key (role, instance)
);

-- The newest peer that sent X-Forwarded-For although TRUSTED_PROXY does not cover it.
create table untrusted_proxy (
  only_row boolean primary key default true check (only_row),
  address text not null,
  at timestamptz not null default now()
);
