-- Pictures of the pages of a letter's file, for who decides on it. A worker makes them, and they can
-- be made again from the file at any time.

create table previews (
  file_id uuid primary key references files,
  asked_at timestamptz not null default now(),
  -- Somebody has the letter open and waits: it goes first.
  wanted_at timestamptz,
  -- A worker is at it until then.
  leased_until timestamptz,
  attempts int not null default 0,
  made_at timestamptz,
  failed_at timestamptz,
  -- Of the file; there are pictures of the first ones.
  total_pages int,
  constraint previews_outcome_check check (made_at is null or failed_at is null)
);
create index previews_open_idx on previews (wanted_at, asked_at)
  where made_at is null and failed_at is null;

create table preview_pages (
  file_id uuid not null references previews on delete cascade,
  -- 1, 2, …
  page int not null check (page > 0),
  width int not null,
  height int not null,
  bytes bigint not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  storage_key text not null constraint preview_pages_storage_key unique,
  -- That the picture is encrypted with, sealed with the letter's. Null: in clear.
  sealed_key text,
  primary key (file_id, page)
);
