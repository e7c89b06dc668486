-- What was sent with a form that came back: kept for a while, so that nobody sends it twice.

create table held_uploads (
  id uuid primary key,
  -- Whose it is; nobody else can use it.
  applicant_id uuid references applicants,
  staff_id uuid references staff,
  -- Of the form: a letter's submission key, or the key of a reply.
  form_key uuid not null,
  -- Its name and the key that it is encrypted with.
  sealed text not null,
  type text not null check (type in ('docx', 'doc', 'pdf', 'jpg', 'png', 'tiff')),
  bytes bigint not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key text not null constraint held_uploads_storage_key unique,
  held_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check (num_nonnulls(applicant_id, staff_id) = 1),
  constraint held_uploads_form_key unique nulls not distinct (applicant_id, staff_id, form_key)
);
create index held_uploads_expires_at_idx on held_uploads (expires_at);

-- The form of a letter that was sent after the session had ended.
create table held_drafts (
  applicant_id uuid primary key references applicants,
  sealed text not null,
  expires_at timestamptz not null
);
create index held_drafts_expires_at_idx on held_drafts (expires_at);
